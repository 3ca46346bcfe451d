namespace Sluice.Domain.Operations.Planning;

/// <summary>
/// How long a job did not work. Both ends are taken from one clock: the cluster's, where the operator's event and the JobManager tell both, else that of Sluice,
/// which sees each a moment late. Clocks of two machines are never mixed.
/// </summary>
internal static class PauseMeter
{
    private static readonly string[] Writers = [RolloutSteps.Apply, SharedSteps.Start, SharedSteps.Stop, SharedSteps.Create];
    private static readonly string[] Starters = [SharedSteps.AwaitReturn, SharedSteps.AwaitRunning];

    public static (TimeSpan? Pause, string? From) Measure(Operation operation, JobEffect effect, IReadOnlyList<OperatorNote>? since, JobFacts facts)
    {
        var stopped = effect == JobEffect.Restarts ? since?.FirstOrDefault(n => n.Reason == "Suspended")?.At : null;
        if (stopped is { } from && facts.Job?.Timestamps.GetValueOrDefault("RUNNING") is { } running && running > from)
            return (running - from, "from the operator's event Suspended to RUNNING at the JobManager");
        var written = operation.Steps.Where(s => Writers.Contains(s.Name) && s.State == StepState.Done).Select(s => s.EndedAt).FirstOrDefault();
        var runs = operation.Steps.Where(s => Starters.Contains(s.Name) && s.State == StepState.Done).Select(s => s.EndedAt).Max();
        if (written is null || runs is null || runs < written) return (null, null);
        if (effect == JobEffect.Starts) return (runs - written, "from the request until Sluice saw it run");
        // The operator's words begin with the lifecycle; while the old job works they say that it is RUNNING.
        var down = operation.Steps.SelectMany(s => s.Evidence).Where(e => e.Source == "operator" && e.At >= written && e.Text.StartsWith("lifecycle ", StringComparison.Ordinal) && !e.Text.Contains(", job RUNNING", StringComparison.Ordinal)).Select(e => (DateTimeOffset?)e.At).FirstOrDefault();
        return (runs - (down ?? written), down is null ? "from the request until Sluice saw it run" : "from when Sluice saw it stopped until it saw it run");
    }
}
