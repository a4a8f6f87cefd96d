"""The engine's half of the installation's id: a workflow that does nothing but be there, with the id in its memo."""

from temporalio import workflow

# The id of the one that runs, and the name of its memo.
INSTALLATION = "installation"


@workflow.defn(name="Installation")
class InstallationWorkflow:
    """Says whose engine this is."""

    @workflow.run
    async def run(self) -> None:
        """Waits for ever, which costs nothing."""
        await workflow.wait_condition(lambda: False)

    @workflow.query(name="is_worked_on")
    def answers(self) -> bool:
        """True, from whoever works: an answer proves that a worker lives and carries workflows out."""
        return True
