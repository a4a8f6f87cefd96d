"""The sandbox of the SDK, in which tests run workflows: it refuses at once what the linter cannot see.

In production they run without it (`worker.build_worker`).
"""

from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

# Modules that every workflow shares: they hold no state, and importing them anew costs 30 ms a workflow.
PASSED_THROUGH = (
    "domain",
    "activities",
    "pydantic",
    "pydantic_core",
    "annotated_types",
    "rfc8785",
    "typing_inspection",
)


def sandbox() -> SandboxedWorkflowRunner:
    """Passes through what is not a workflow's own."""
    return SandboxedWorkflowRunner(restrictions=SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH))
