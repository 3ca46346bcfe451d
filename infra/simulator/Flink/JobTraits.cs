namespace Sluice.Simulator.Flink;

/// <summary>How a job's world behaves: its input, its state and what goes wrong. Comes from the fleet, or from the job's own arguments.</summary>
internal sealed record JobTraits
{
    /// <summary>Records a second that arrive, on average over a day.</summary>
    public double Rate { get; init; } = 500;

    /// <summary>How much the input rises and falls over the day, 0 to 1.</summary>
    public double Swing { get; init; } = 0.3;

    public int Partitions { get; init; } = 12;
    public long StateBytes { get; init; } = 12_000_000;

    /// <summary>How much slower than usual each record is.</summary>
    public double Slowness { get; init; } = 1;

    /// <summary>How long a checkpoint takes beside writing its state.</summary>
    public TimeSpan CheckpointBase { get; init; } = TimeSpan.FromMilliseconds(180);

    /// <summary>Every checkpoint runs into its timeout.</summary>
    public bool CheckpointsTimeOut { get; init; }

    /// <summary>The job fails this long after each start; null: never.</summary>
    public TimeSpan? FailsAfter { get; init; }

    public string FailureClass { get; init; } = "java.lang.IllegalStateException";
    public string FailureMessage { get; init; } = "order 20000 has no customer";

    /// <summary>What <c>main()</c> throws before there is a job; null: nothing.</summary>
    public string? MainThrows { get; init; }

    /// <summary>The TaskManagers find no node.</summary>
    public bool TaskManagersUnschedulable { get; init; }

    /// <summary>How long the TaskManagers take to come up.</summary>
    public TimeSpan TaskManagerStart { get; init; } = TimeSpan.FromSeconds(9);
}
