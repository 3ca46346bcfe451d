using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Operations.Guards;

/// <summary>What operations that Sluice does carry out write to a spec that is kept in Git, and what comes of it where the repository is applied meanwhile.</summary>
internal static class GitCautions
{
    public static IEnumerable<string> Of(OperationKind kind, GitSource? git)
    {
        if (git is null) yield break;
        var at = $"Managed in Git ({git.Repository}, {git.Path}):";
        switch (kind)
        {
            case OperationKind.Suspend or OperationKind.Cancel or OperationKind.Drain:
                yield return $"{at} this writes spec.job.state: suspended to the cluster, which the repository does not say. What applies the repository writes it back and starts the job again, unless it leaves that field alone or is paused.";
                if (kind == OperationKind.Drain) yield return $"{at} the drain switch is set in flinkConfiguration for as long as it takes, and put back. Taken away in between, the job stops without draining; the operation compares and says so.";
                break;
            case OperationKind.Resume:
                yield return $"{at} this writes spec.job.state: running to the cluster. Where the repository says suspended, what applies it stops the job again.";
                break;
            case OperationKind.Restart:
                yield return $"{at} this writes restartNonce, and savepoint as upgrade mode until it is done. Where what applies the repository takes the nonce away, nothing restarts by that; where it puts the mode back too early, the plan's way to carry the state is not kept, and the outcome says so.";
                break;
            case OperationKind.Savepoint:
                yield return $"{at} where the operator has no snapshot objects, this writes savepointTriggerNonce. Taken away by what applies the repository before the operator saw it, no savepoint is taken, and the operation says so.";
                break;
            case OperationKind.Redeploy:
                yield return $"{at} this writes initialSavepointPath with savepointRedeployNonce, or creates the resource anew where the operator does not know that. Taken away afterwards, nothing starts by it; pause what applies the repository while it runs.";
                break;
            case OperationKind.Delete:
                yield return $"{at} the repository still has it, and what applies it creates it again, with empty state. Take it out there first.";
                break;
        }
    }
}
