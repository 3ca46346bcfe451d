using System.Collections.Immutable;
using Sluice.Domain.Metrics;

namespace Sluice.Domain.Pipelines;

/// <summary>A registered pipeline as a row shows it.</summary>
internal readonly record struct Registration(string Team, PipelineKind Kind, int? Revision, PipelineTier Tier, GitSource? Git);

/// <summary>
/// The rows of the fleet and everything they are made of. Every change touches only the rows it is about; rows whose state time alone changes wait in a queue.
/// Not safe for concurrent use: <see cref="FleetIndex"/> owns it.
/// </summary>
internal sealed class FleetTable
{
    private readonly Dictionary<PipelineKey, Entry> _entries = [];
    private readonly PriorityQueue<PipelineKey, DateTimeOffset> _due = new();
    private readonly ImmutableDictionary<PipelineKey, PipelineRow>.Builder _rows = ImmutableDictionary.CreateBuilder<PipelineKey, PipelineRow>();
    private readonly Dictionary<(string Cluster, FlinkResource Resource), DateTimeOffset> _staleSince = [];
    private FleetRowCollection _inOrder = FleetRowCollection.Empty;
    private IReadOnlyDictionary<PipelineKey, Registration> _registrations = ImmutableDictionary<PipelineKey, Registration>.Empty;
    private IReadOnlyDictionary<(string Cluster, string Namespace), string> _owners = ImmutableDictionary<(string, string), string>.Empty;
    private IReadOnlyDictionary<PipelineKey, ActiveOperation> _operations = ImmutableDictionary<PipelineKey, ActiveOperation>.Empty;

    /// <summary>Where checkpoint ages and restarts come from.</summary>
    public Func<PipelineKey, JobSample?> Samples { get; init; } = static _ => null;

    /// <summary>The rows changed since <see cref="Take"/>.</summary>
    public HashSet<PipelineKey> Changed { get; private set; } = [];

    /// <summary>When <see cref="Tick"/> has something to do next.</summary>
    public DateTimeOffset? NextDue => _due.TryPeek(out _, out var at) ? at : null;

    public PipelineRow? Row(PipelineKey key) => _rows.GetValueOrDefault(key);

    public IEnumerable<PipelineKey> Keys(string cluster, FlinkResource resource) => _entries.Keys.Where(k => k.Cluster == cluster && k.Resource == resource);

    /// <summary>The rows now, and which of them changed since the last call.</summary>
    public (ImmutableDictionary<PipelineKey, PipelineRow> Rows, FleetRowCollection InOrder, HashSet<PipelineKey> Changed) Take()
    {
        var changed = Changed;
        Changed = [];
        _inOrder = _inOrder.With([.. changed.Select(key => KeyValuePair.Create(key, _rows.GetValueOrDefault(key)))]);
        return (_rows.ToImmutable(), _inOrder, changed);
    }

    /// <summary>Puts in the newest version of a resource; null where it is gone.</summary>
    public void Set(PipelineKey key, FlinkResourceRecord? record, DateTimeOffset now)
    {
        if (record is null)
        {
            if (!_entries.Remove(key)) return;
            _rows.Remove(key);
            Changed.Add(key);
            return;
        }
        if (_entries.TryGetValue(key, out var entry))
        {
            if (ReferenceEquals(entry.Record, record)) return;
            entry.History = entry.History.Next(entry.Record, record, now);
            entry.Record = record;
        }
        else _entries[key] = entry = new Entry(record, ResourceHistory.Start(record, now));
        Refresh(key, entry, now);
    }

    public void SetRegistrations(IReadOnlyDictionary<PipelineKey, Registration> registrations, IReadOnlyDictionary<(string Cluster, string Namespace), string> owners, DateTimeOffset now)
    {
        var (before, ownersBefore) = (_registrations, _owners);
        (_registrations, _owners) = (registrations, owners);
        foreach (var (key, entry) in _entries)
        {
            var same = registrations.TryGetValue(key, out var registration) == before.TryGetValue(key, out var old) && registration == old
                && owners.GetValueOrDefault((key.Cluster, key.Namespace)) == ownersBefore.GetValueOrDefault((key.Cluster, key.Namespace));
            if (!same) Refresh(key, entry, now);
        }
    }

    public void SetOperations(IReadOnlyDictionary<PipelineKey, ActiveOperation> operations, DateTimeOffset now)
    {
        var before = _operations;
        _operations = operations;
        foreach (var (key, operation) in operations)
            if (!before.TryGetValue(key, out var old) || old != operation) Refresh(key, now);
        foreach (var key in before.Keys)
            if (!operations.ContainsKey(key)) Refresh(key, now);
    }

    /// <summary>Since when the rows of one kind on a cluster are marked as old.</summary>
    public DateTimeOffset? StaleSince(string cluster, FlinkResource resource) => _staleSince.TryGetValue((cluster, resource), out var since) ? since : null;

    /// <summary>Marks all rows of one kind on a cluster as old since a moment, or as fresh.</summary>
    public void SetStale(string cluster, FlinkResource resource, DateTimeOffset? since, DateTimeOffset now)
    {
        if (StaleSince(cluster, resource) == since) return;
        if (since is { } moment) _staleSince[(cluster, resource)] = moment;
        else _staleSince.Remove((cluster, resource));
        foreach (var key in Keys(cluster, resource).ToList()) Refresh(key, now);
    }

    /// <summary>Makes one row anew, after its sample changed.</summary>
    public void Refresh(PipelineKey key, DateTimeOffset now)
    {
        if (_entries.TryGetValue(key, out var entry)) Refresh(key, entry, now);
    }

    /// <summary>Looks again at the rows whose time has come.</summary>
    public void Tick(DateTimeOffset now)
    {
        while (_due.TryPeek(out var key, out var at) && at <= now)
        {
            _due.Dequeue();
            // An entry may wait under several times; only the newest one counts.
            if (_entries.TryGetValue(key, out var entry) && entry.LookAgainAt == at)
            {
                entry.LookAgainAt = null;
                Refresh(key, entry, now);
            }
        }
    }

    private void Refresh(PipelineKey key, Entry entry, DateTimeOffset now)
    {
        var operation = _operations.GetValueOrDefault(key);
        var evaluation = PipelineStateEvaluator.Evaluate(entry.Record, entry.History, operation, now);
        if (entry.LookAgainAt != evaluation.LookAgainAt)
        {
            entry.LookAgainAt = evaluation.LookAgainAt;
            if (evaluation.LookAgainAt is { } at) _due.Enqueue(key, at);
        }

        var registered = _registrations.TryGetValue(key, out var registration);
        var sample = Samples(key);
        var state = entry.Row is { } old && old.State == evaluation.State ? old.State : evaluation.State;
        var stale = StaleSince(key.Cluster, key.Resource);
        var row = new PipelineRow
        {
            Key = key,
            State = state,
            Resource = entry.Record,
            Kind = registered && registration.Kind != PipelineKind.Unknown ? registration.Kind : entry.Record.DetectedKind,
            Team = registered ? registration.Team : _owners.GetValueOrDefault((key.Cluster, key.Namespace)),
            Registered = registered,
            Revision = registered ? registration.Revision : null,
            Tier = registered ? registration.Tier : PipelineTier.Standard,
            Git = registered ? registration.Git : null,
            Operation = operation,
            LastCheckpointAt = sample?.LastCheckpointAt,
            Restarts = sample?.Restarts,
            SampledAt = sample?.At,
            StaleSince = stale,
            WrongSince = stale ?? WrongSince(entry, state, now),
            ChangedAt = entry.Record.Generation > 1 ? entry.History.GenerationSince : null,
        };
        if (entry.Row == row) return;
        entry.Row = row;
        _rows[key] = row;
        Changed.Add(key);
    }

    /// <summary>Since when a row has its cause. For one that is seen for the first time the history knows how old its trouble is at least.</summary>
    private static DateTimeOffset? WrongSince(Entry entry, PipelineState state, DateTimeOffset now)
    {
        if (FleetCauses.OfState(state) is not { } cause)
        {
            entry.Cause = null;
            return null;
        }

        if (entry.Cause is { } before && before.Cause.Key == cause.Key) return before.Since;
        var since = entry.Row is null ? entry.History.ErrorSince ?? entry.History.StateSince : now;
        entry.Cause = (cause, since);
        return since;
    }

    private sealed class Entry(FlinkResourceRecord record, ResourceHistory history)
    {
        public FlinkResourceRecord Record { get; set; } = record;

        public ResourceHistory History { get; set; } = history;

        public PipelineRow? Row { get; set; }

        public DateTimeOffset? LookAgainAt { get; set; }

        /// <summary>What was wrong while its cluster could be reached, and since when.</summary>
        public (FleetCause Cause, DateTimeOffset Since)? Cause { get; set; }
    }
}
