using System.Collections;
using System.Collections.Immutable;

namespace Sluice.Domain.Pipelines;

/// <summary>The addresses of all rows as a set, without copying them: every page that opens gets one.</summary>
internal sealed class FleetKeys(ImmutableDictionary<PipelineKey, PipelineRow> rows) : IReadOnlySet<PipelineKey>
{
    public int Count => rows.Count;

    public bool Contains(PipelineKey item) => rows.ContainsKey(item);

    public IEnumerator<PipelineKey> GetEnumerator() => rows.Keys.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public bool IsProperSubsetOf(IEnumerable<PipelineKey> other) => Copy().IsProperSubsetOf(other);

    public bool IsProperSupersetOf(IEnumerable<PipelineKey> other) => Copy().IsProperSupersetOf(other);

    public bool IsSubsetOf(IEnumerable<PipelineKey> other) => Copy().IsSubsetOf(other);

    public bool IsSupersetOf(IEnumerable<PipelineKey> other) => Copy().IsSupersetOf(other);

    public bool Overlaps(IEnumerable<PipelineKey> other) => Copy().Overlaps(other);

    public bool SetEquals(IEnumerable<PipelineKey> other) => Copy().SetEquals(other);

    private HashSet<PipelineKey> Copy() => [.. rows.Keys];
}
