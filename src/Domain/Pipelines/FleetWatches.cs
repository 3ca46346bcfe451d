namespace Sluice.Domain.Pipelines;

/// <summary>Who waits for a change of which pipelines, by pipeline: a change costs nothing for those who look at others. Not safe for several threads; the log that owns it locks.</summary>
internal sealed class FleetWatches
{
    private readonly Dictionary<PipelineKey, List<FleetWatch>> _byKey = [];
    private readonly HashSet<FleetWatch> _all = [];

    public void Add(FleetWatch watch)
    {
        _all.Add(watch);
        foreach (var key in watch.Keys)
        {
            if (!_byKey.TryGetValue(key, out var watching)) _byKey[key] = watching = [];
            watching.Add(watch);
        }
    }

    public void Remove(FleetWatch watch)
    {
        _all.Remove(watch);
        foreach (var key in watch.Keys)
            if (_byKey.TryGetValue(key, out var watching) && watching.Remove(watch) && watching.Count == 0) _byKey.Remove(key);
    }

    /// <summary>Tells those who wait for one of these.</summary>
    public void Touch(IReadOnlySet<PipelineKey> changed)
    {
        if (_byKey.Count == 0) return;
        foreach (var key in changed)
            if (_byKey.TryGetValue(key, out var watching)) watching.ForEach(static watch => watch.Touch());
    }

    /// <summary>Tells everybody.</summary>
    public void TouchAll()
    {
        foreach (var watch in _all) watch.Touch();
    }
}

/// <summary>One wait for a change of some pipelines.</summary>
internal sealed class FleetWatch : IDisposable
{
    private readonly TaskCompletionSource _touched = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _ended;
    private readonly Action<FleetWatch> _leave;

    public FleetWatch(IReadOnlyList<PipelineKey> keys, Action<FleetWatch> leave, CancellationToken cancellationToken)
    {
        (Keys, _leave) = (keys, leave);
        _ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Ended = _ended.Token;
    }

    public IReadOnlyList<PipelineKey> Keys { get; }

    /// <summary>Completes with the first change of one of them.</summary>
    public Task Touched => _touched.Task;

    /// <summary>Cancelled when nobody waits any more.</summary>
    public CancellationToken Ended { get; }

    public void Touch() => _touched.TrySetResult();

    public void Dispose()
    {
        _leave(this);
        _ended.Cancel();
        _ended.Dispose();
    }
}
