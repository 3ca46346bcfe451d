namespace Sluice.Domain.Pipelines;

/// <summary>Keeps the newest triage for all who ask: however many pages look and however fast rows change, the fleet is gone through once a second at most.</summary>
internal sealed class FleetTriageCache(TimeProvider time, WaitingNodes? nodes)
{
    private static readonly TimeSpan AtMostEvery = TimeSpan.FromSeconds(1);
    private readonly Lock _reading = new();
    private Made? _made;

    public FleetTriage Read(FleetSnapshot current)
    {
        if (Good(Volatile.Read(ref _made), current) is { } triage) return triage;
        lock (_reading)
        {
            if (Good(_made, current) is { } made) return made;
            triage = FleetTriageReader.Read(current, nodes is null ? null : nodes.Find);
            Volatile.Write(ref _made, new Made(triage, time.GetTimestamp()));
            return triage;
        }
    }

    // A clock that a test stopped must not freeze the triage of a fleet that was empty: version 0 is always made anew.
    private FleetTriage? Good(Made? made, FleetSnapshot current) =>
        made is not null && (made.Triage.Version >= current.Version || (made.Triage.Version > 0 && time.GetElapsedTime(made.At) < AtMostEvery)) ? made.Triage : null;

    private sealed record Made(FleetTriage Triage, long At);
}
