namespace Sluice.Domain.Specs;

/// <summary>The operator's rules for checkpoints and savepoints (11-15), for deployments and session jobs.</summary>
internal static class StateRules
{
    private const string Savepoints = "execution.checkpointing.savepoint-dir";
    private const string Periodic = "kubernetes.operator.periodic.savepoint.interval";
    private const string MaxAge = "kubernetes.operator.job.upgrade.last-state.max.allowed.checkpoint.age";

    public static IReadOnlyList<SpecRule> All { get; } =
    [
        new("11", CheckpointDirectory), new("12", SavepointUpgrade), new("13", ManualSavepoint), new("14", PeriodicSavepoint), new("15", CheckpointAge),
    ];

    private static IEnumerable<SpecProblem> CheckpointDirectory(SpecContext c)
    {
        if (Applies(c) && c.UpgradeMode != "stateless" && c.Option("execution.checkpointing.dir") is null)
            yield return SpecContext.Refused("11", SpecPath.Flink("execution.checkpointing.dir"), $"There is no checkpoint directory, and upgrade mode {c.UpgradeMode} needs one.", "Set execution.checkpointing.dir, for example s3://bucket/pipeline/checkpoints.",
                "Checkpoint directory[execution.checkpointing.dir] must be defined for last-state and savepoint upgrade modes");
    }

    private static IEnumerable<SpecProblem> SavepointUpgrade(SpecContext c)
    {
        if (Lacks(c) && c.UpgradeMode == "savepoint")
            yield return SpecContext.Refused("12", SpecPath.Flink(Savepoints), "There is no savepoint directory, and upgrade mode savepoint needs one.", $"Set {Savepoints}, for example s3://bucket/pipeline/savepoints.",
                $"Job could not be upgraded with savepoint while config key[{Savepoints}] is not set");
    }

    private static IEnumerable<SpecProblem> ManualSavepoint(SpecContext c)
    {
        if (Lacks(c) && c.Job.At("savepointTriggerNonce") is not null)
            yield return SpecContext.Refused("13", "spec.job.savepointTriggerNonce", "A savepoint is asked for, and there is no savepoint directory.", $"Set {Savepoints}, or delete savepointTriggerNonce.",
                $"Savepoint could not be manually triggered for the running job while config key[{Savepoints}] is not set");
    }

    private static IEnumerable<SpecProblem> PeriodicSavepoint(SpecContext c)
    {
        if (Lacks(c) && c.Options.GetValueOrDefault(Periodic) is not null)
            yield return SpecContext.Refused("14", c.OptionPath(Periodic), "Periodic savepoints are asked for (an empty value counts, too), and there is no savepoint directory.", $"Set {Savepoints}, or delete {Periodic}.",
                $"Periodic savepoints cannot be enabled when config key[{Savepoints}] is not set");
    }

    private static IEnumerable<SpecProblem> CheckpointAge(SpecContext c)
    {
        if (Lacks(c) && c.Option(MaxAge) is not null)
            yield return SpecContext.Refused("15", c.OptionPath(MaxAge), "A highest checkpoint age is set, past which the operator takes a savepoint; there is no savepoint directory.", $"Set {Savepoints}, or delete {MaxAge}.",
                $"In order to use max-checkpoint age functionality config key[{Savepoints}] must be set");
    }

    private static bool Lacks(SpecContext c) => Applies(c) && c.Option(Savepoints) is null;

    // A session job takes the directories of its cluster; while that is not known, the operator accepts the job and waits.
    private static bool Applies(SpecContext c) => c.Job is not null && (c.Kind != "FlinkSessionJob" || c.Input.SessionCluster is not null);
}
