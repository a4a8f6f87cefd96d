"""The engine's half of the installation id: a workflow that does nothing but exist, with the id in its memo."""

from temporalio import workflow

# The workflow's id, and the name of its memo.
INSTALLATION = "installation"


@workflow.defn(name="Installation")
class InstallationWorkflow:
    """Says which installation this engine belongs to."""

    @workflow.run
    async def run(self) -> None:
        """Waits for ever, which costs nothing."""
        await workflow.wait_condition(lambda: False)

    @workflow.query(name="is_worked_on")
    def answers(self) -> bool:
        """Always True: an answer proves that a worker is alive and executes workflows."""
        return True
