using System.Text;

namespace Sluice.Domain.Pipelines;

/// <summary>
/// All words by which a row is found, made once for as long as what they are made of stays the same: a search goes through 20,000 rows for each letter.
/// Rows are equal whether or not somebody has searched them.
/// </summary>
internal struct SearchText : IEquatable<SearchText>
{
    // No word holds a line break, so none is found across two parts.
    private const char Between = '\n';

    private Made? _made;

    /// <summary>The words of the row that this belongs to.</summary>
    public string Of(PipelineRow row)
    {
        // Copied with the row: it may be that of the row before.
        if (_made is { } made && made.Fits(row)) return made.Text;
        _made = made = new Made(row);
        return made.Text;
    }

    public readonly bool Equals(SearchText other) => true;

    public override readonly bool Equals(object? obj) => obj is SearchText;

    public override readonly int GetHashCode() => 0;

    private sealed class Made(PipelineRow row)
    {
        private readonly FlinkResourceRecord _resource = row.Resource;
        private readonly PipelineState _state = row.State;
        private readonly string? _team = row.Team;
        private readonly bool _stale = row.StaleSince is not null;

        public string Text { get; } = Join(row);

        public bool Fits(PipelineRow row) => ReferenceEquals(_resource, row.Resource) && ReferenceEquals(_state, row.State) && ReferenceEquals(_team, row.Team) && _stale == row.StaleSince is not null;

        private static string Join(PipelineRow row)
        {
            var text = new StringBuilder(256).Append(row.Key.Name).Append(Between).Append(row.Key.Namespace).Append(Between).Append(row.Key.Cluster);
            Add(row.Team);
            Add(row.State.Cause);
            Add(row.Resource.Image);
            Add(row.Resource.Error?.Message);
            Add(FleetCauses.Of(row)?.Label);
            foreach (var (name, value) in row.Resource.Labels)
            {
                Add(value);
                Add(name);
            }

            return text.ToString();

            void Add(string? part)
            {
                if (part is not null) text.Append(Between).Append(part);
            }
        }
    }
}
