using Sluice.Domain.Pipelines;

namespace Sluice.Portal.Client.Shared.Palette;

/// <summary>
/// The pipelines as the palette looks through them, made once for all pages. Names change only when pipelines come or go, so mostly just the health is read anew;
/// and that at most once a second, however many people type.
/// </summary>
public sealed class PaletteFleet(IFleet fleet, TimeProvider time)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);
    private readonly Lock _making = new();
    private volatile View? _view;

    /// <summary>The newest view that is not older than a second.</summary>
    public View Current
    {
        get
        {
            var (view, snapshot) = (_view, fleet.Current);
            if (view is not null && (view.Version == snapshot.Version || time.GetElapsedTime(view.Made) < Fresh)) return view;
            lock (_making)
            {
                if (!ReferenceEquals(_view, view) && _view is { } other) return other;
                return _view = Make(view, fleet.Current, time.GetTimestamp());
            }
        }
    }

    private static View Make(View? before, FleetSnapshot snapshot, long now)
    {
        if (before is not null && before.Pipelines.Length == snapshot.Rows.Count)
        {
            var weights = new byte[before.Pipelines.Length];
            var same = true;
            for (var i = 0; same && i < weights.Length; i++)
            {
                same = snapshot.Rows.TryGetValue(before.Pipelines[i], out var row);
                if (same) weights[i] = WeightOf(row!);
            }

            if (same) return before with { Version = snapshot.Version, Made = now, Weights = weights };
        }

        var rows = snapshot.Rows.Values.OrderBy(row => row.Key.Namespace, StringComparer.Ordinal).ThenBy(row => row.Key.Name, StringComparer.Ordinal).ThenBy(row => row.Key.Cluster, StringComparer.Ordinal).ThenBy(row => row.Key.Resource).ToArray();
        var pipelines = Array.ConvertAll(rows, row => row.Key);
        return new View(
            snapshot.Version, now, PaletteKeys.Of(Array.ConvertAll(pipelines, key => new PaletteKey(key.Name, key.Namespace, key.Cluster))), pipelines,
            Array.ConvertAll(rows, WeightOf), Enumerable.Range(0, pipelines.Length).ToDictionary(i => PortalUrls.Pipeline(pipelines[i]), i => i, StringComparer.Ordinal));
    }

    /// <summary>The worse, the weightier.</summary>
    private static byte WeightOf(PipelineRow row) => row.State.Health switch
    {
        HealthState.Failed => 7,
        HealthState.Degraded => 6,
        HealthState.Unknown => 5,
        HealthState.Progressing => 4,
        HealthState.Healthy => 2,
        _ => 1,
    };

    /// <summary>One look at all pipelines.</summary>
    /// <param name="Version">The snapshot's.</param>
    /// <param name="Made">When.</param>
    /// <param name="Keys">The texts.</param>
    /// <param name="Pipelines">The address of each.</param>
    /// <param name="Weights">How bad each is.</param>
    /// <param name="Paths">The place of each by its page.</param>
    public sealed record View(long Version, long Made, PaletteKeys Keys, PipelineKey[] Pipelines, byte[] Weights, Dictionary<string, int> Paths);
}
