using Sluice.Domain.Pipelines;

namespace Sluice.Portal.Client.Features.Pipelines.List;

/// <summary>
/// The pipelines that somebody selected, by address: they stay selected when rows scroll away, change, take another order or are filtered out.
/// </summary>
public sealed class FleetSelection
{
    private readonly HashSet<PipelineKey> _keys = [];
    private PipelineKey? _anchor;

    /// <summary>Grows with every change.</summary>
    public int Version { get; private set; }

    public int Count => _keys.Count;

    public IReadOnlyCollection<PipelineKey> Keys => _keys;

    public bool Contains(PipelineKey key) => _keys.Count > 0 && _keys.Contains(key);

    /// <summary>Selects or lets go of one.</summary>
    public void Set(PipelineKey key, bool selected)
    {
        if (selected) _keys.Add(key);
        else _keys.Remove(key);
        (_anchor, Version) = (key, Version + 1);
    }

    /// <summary>From the one touched before to this one, in the order on the page; only this one where the other is not on the page any more.</summary>
    public void SetRange(PipelineKey to, bool selected, IEnumerable<PipelineKey> order)
    {
        var between = new List<PipelineKey>();
        var (from, inside) = (_anchor, false);
        if (from is { } anchor && anchor != to)
        {
            foreach (var key in order)
            {
                var end = key == anchor || key == to;
                if (inside || end) between.Add(key);
                if (end && inside) break;
                if (end) inside = true;
            }
        }

        if (between.Count > 1 && (between[^1] == from || between[^1] == to))
            foreach (var key in between) Set(key, selected);
        Set(to, selected);
    }

    /// <summary>Adds many, or lets go of them.</summary>
    public void SetAll(IEnumerable<PipelineKey> keys, bool selected)
    {
        if (selected) _keys.UnionWith(keys);
        else _keys.ExceptWith(keys);
        Version++;
    }

    public void Clear()
    {
        _keys.Clear();
        _keys.TrimExcess();
        (_anchor, Version) = (null, Version + 1);
    }
}
