using Sluice.Domain.Kubernetes;
using Sluice.Domain.Pipelines;
using Sluice.Portal.Client.Shared.Live;

namespace Sluice.Portal.Client.Features.Pipelines.List;

/// <summary>What a page does when the fleet has changed. All of it runs on the page's own thread.</summary>
/// <param name="Turn">Completes when the page can use news: at once while someone looks at it.</param>
/// <param name="Invoke">Brings a step to that thread and waits for it.</param>
/// <param name="Window">The lines that exist now.</param>
/// <param name="ToBeat">How long it is until what is beside the rows is drawn again.</param>
/// <param name="ShowRows">A row in view changed: draws the table.</param>
/// <param name="ShowPage">Counts, triage or the reach of clusters changed: draws everything.</param>
internal sealed record FleetView(Func<CancellationToken, Task> Turn, Func<Action, Task> Invoke, Func<(int First, int Count)> Window, Func<TimeSpan> ToBeat, Action ShowRows, Action ShowPage);

/// <summary>
/// Follows the fleet for one page. A change in view is drawn at once and the next ones a frame later together; what is beside the rows (counts, triage, what moved), ages and marks that
/// end are drawn with the page's beat; a change that the page does not show waits with others for a look. While the page draws, changes are merged: it never gets an older one after a newer.
/// </summary>
internal sealed class FleetFollower : IDisposable
{
    public static readonly TimeSpan Frame = TimeSpan.FromMilliseconds(100);
    /// <summary>How long the page knows nothing of changes that it does not show.</summary>
    public static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(500);

    /// <summary>What comes after this long without news is drawn at once; longer than a beat, so that a fleet in which much happens is drawn by the beat alone.</summary>
    private static readonly TimeSpan Quiet = LiveGate.Beat + (LiveGate.Beat / 2);

    private readonly IFleet _fleet;
    private readonly FleetListModel _model;
    private readonly TimeProvider _time;
    private readonly FleetView _view;
    private readonly ITimer _timer;
    private long _shown;
    private bool _waiting;
    private PipelineKey[] _inView = [];

    public FleetFollower(IFleet fleet, FleetListModel model, TimeProvider time, FleetView view)
    {
        (_fleet, _model, _time, _view) = (fleet, model, time, view);
        _timer = time.CreateTimer(_ => _view.Invoke(ShowWaiting), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var changes = _fleet.ChangesAsync(_model.Snapshot, new FleetPace(Frame, Rest, () => Volatile.Read(ref _inView)), cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (true)
        {
            // Before the next is taken: what it says then is the newest.
            await _view.Turn(cancellationToken);
            if (!await changes.MoveNextAsync()) return;
            var change = changes.Current;
            await _view.Invoke(() => Take(change));
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Take(FleetChange change)
    {
        var (first, count) = _view.Window();
        var before = _model.Clusters;
        var visible = _model.Apply(change, first, count, _time.GetUtcNow());
        Volatile.Write(ref _inView, _model.KeysAt(first, count));
        if (change.Changed.Count == 0 && !change.ClustersChanged) return;
        var rested = _shown == 0 || _time.GetElapsedTime(_shown) >= Quiet;
        if (rested || !SameReach(before, _model.Clusters)) ShowPage();
        else
        {
            if (visible) _view.ShowRows();
            Wait();
        }
    }

    private void ShowWaiting()
    {
        if (!_waiting) return;
        _waiting = false;
        ShowPage();
    }

    private void ShowPage()
    {
        _shown = _time.GetTimestamp();
        _model.Settle(_time.GetUtcNow());
        _view.ShowPage();
        // The triage may be a second old, and rows that came while the list is read wait for their place: after the last change it is looked at once more.
        if (_model.Unsettled || _fleet.Triage.Version < _model.Snapshot.Version) Wait();
    }

    private void Wait()
    {
        if (_waiting) return;
        _waiting = true;
        _timer.Change(_view.ToBeat(), Timeout.InfiniteTimeSpan);
    }

    /// <summary>Of clusters that are followed only the age of the last word differs all the time, which nobody draws anew for.</summary>
    private static bool SameReach(IReadOnlyDictionary<string, ReflectorState> a, IReadOnlyDictionary<string, ReflectorState> b) =>
        ReferenceEquals(a, b) || (a.Count == b.Count && a.All(pair => b.TryGetValue(pair.Key, out var state) && state.Phase == pair.Value.Phase && state.Why == pair.Value.Why
            && (state.Phase == ReflectorPhase.Synced || state.AsOf == pair.Value.AsOf)));
}
