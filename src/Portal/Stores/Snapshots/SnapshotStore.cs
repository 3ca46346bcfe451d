using System.Text.Json;
using Npgsql;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Snapshots;

namespace Sluice.Portal.Stores.Snapshots;

/// <summary>The catalogue of snapshots in PostgreSQL. Plain SQL, because who may write which columns is the rule: what is seen never undoes what was decided.</summary>
public sealed class SnapshotStore : ISnapshotStore, IDisposable
{
    private const string Topic = "snapshots";
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);
    private readonly Func<NpgsqlDataSource> _source;
    private readonly IDisposable? _subscription;

    /// <param name="source">Asked at each use: the private database has no address before the host starts.</param>
    /// <param name="notifications">Brings changes made on other replicas; null where there are none to hear of.</param>
    public SnapshotStore(Func<NpgsqlDataSource> source, DatabaseNotifications? notifications)
    {
        _source = source;
        _subscription = notifications?.Subscribe(Topic, text =>
        {
            if (Guid.TryParse(text, out var pipeline)) Changed?.Invoke(pipeline);
        });
    }

    public event Action<Guid>? Changed;

    public async Task<IReadOnlyList<Snapshot>> ListAsync(Guid pipeline, CancellationToken cancellationToken)
    {
        await using var connection = await _source().OpenConnectionAsync(cancellationToken);
        return await SnapshotRows.ReadAsync(connection, "WHERE pipeline_id = @pipeline ORDER BY taken_at DESC, id", cancellationToken, ("pipeline", pipeline));
    }

    public async Task<IReadOnlyDictionary<PipelineKey, Snapshot>> NewestSavepointsAsync(DateTimeOffset? before, CancellationToken cancellationToken)
    {
        await using var connection = await _source().OpenConnectionAsync(cancellationToken);
        var pipelines = await PipelinesAsync(connection, cancellationToken);
        var newest = await SnapshotRows.ReadAsync(connection, """
            WHERE id IN (SELECT DISTINCT ON (pipeline_id) id FROM snapshots
                WHERE pipeline_id = ANY (@pipelines) AND kind = 'Savepoint' AND state = 'Available' AND NOT drained AND (@before::timestamptz IS NULL OR taken_at <= @before::timestamptz)
                ORDER BY pipeline_id, taken_at DESC, id)
            """, cancellationToken, ("pipelines", pipelines.Keys.ToArray()), ("before", Utc(before)));
        return newest.ToDictionary(s => pipelines[s.PipelineId]);
    }

    public async Task<Snapshot?> FindAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var connection = await _source().OpenConnectionAsync(cancellationToken);
        return (await SnapshotRows.ReadAsync(connection, "WHERE id = @id", cancellationToken, ("id", id))).SingleOrDefault();
    }

    public async Task NoteAsync(IReadOnlyList<Snapshot> snapshots, CancellationToken cancellationToken)
    {
        await using var connection = await _source().OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        // In one order, so that two replicas that see the same do not wait for each other.
        foreach (var snapshot in snapshots.OrderBy(s => SnapshotPath.Plain(s.Path), StringComparer.Ordinal))
            await SnapshotRows.ExecuteAsync(connection, """
                INSERT INTO snapshots (id, pipeline_id, path, place, kind, origin, format, size, duration_ms, taken_at, job_id, revision, drained, verified_at, verified_job, operation,
                    object_name, dispose_on_delete, listed, state, note, disposals, held, ended_at)
                VALUES (@id, @pipeline, @path, @place, @kind, @origin, @format, @size, @duration, @taken, @job, @revision, @drained, @verified, @verifiedJob, @operation,
                    @object, @dispose, @listed, @state, @note, 0, false, @ended)
                ON CONFLICT ON CONSTRAINT snapshots_place DO UPDATE SET
                    kind = EXCLUDED.kind, origin = EXCLUDED.origin, format = EXCLUDED.format, size = EXCLUDED.size, duration_ms = EXCLUDED.duration_ms, taken_at = EXCLUDED.taken_at,
                    job_id = EXCLUDED.job_id, revision = EXCLUDED.revision, drained = EXCLUDED.drained, verified_at = EXCLUDED.verified_at, verified_job = EXCLUDED.verified_job,
                    operation = EXCLUDED.operation, object_name = EXCLUDED.object_name, dispose_on_delete = EXCLUDED.dispose_on_delete, listed = EXCLUDED.listed,
                    state = CASE WHEN (snapshots.state IN ('Available', 'Lost') AND EXCLUDED.state IN ('Available', 'Lost')) OR (snapshots.state = 'Quarantined' AND EXCLUDED.state = 'Lost') THEN EXCLUDED.state ELSE snapshots.state END,
                    note = CASE WHEN snapshots.state <> EXCLUDED.state AND (EXCLUDED.state = 'Lost' OR (snapshots.state = 'Lost' AND EXCLUDED.state = 'Available')) AND snapshots.state IN ('Available', 'Lost', 'Quarantined') THEN EXCLUDED.note ELSE snapshots.note END,
                    ended_at = CASE WHEN snapshots.state IN ('Disposing', 'Disposed') THEN snapshots.ended_at ELSE EXCLUDED.ended_at END
                """, cancellationToken,
                ("id", snapshot.Id), ("pipeline", snapshot.PipelineId), ("path", snapshot.Path), ("place", SnapshotPath.Plain(snapshot.Path)), ("kind", snapshot.Kind.ToString()),
                ("origin", snapshot.Origin.ToString()), ("format", snapshot.Format), ("size", snapshot.Size), ("duration", (long?)snapshot.Duration?.TotalMilliseconds), ("taken", Utc(snapshot.TakenAt)),
                ("job", snapshot.JobId), ("revision", snapshot.Revision), ("drained", snapshot.Drained), ("verified", Utc(snapshot.VerifiedAt)), ("verifiedJob", snapshot.VerifiedJob),
                ("operation", snapshot.Operation), ("object", snapshot.ObjectName), ("dispose", snapshot.DisposeOnDelete), ("listed", snapshot.Listed), ("state", snapshot.State.ToString()),
                ("note", snapshot.Note), ("ended", Utc(snapshot.EndedAt)));
        await CommitAsync(connection, transaction, snapshots.Select(s => s.PipelineId).Distinct(), cancellationToken);
    }

    public async Task RemoveAsync(IReadOnlyCollection<Guid> ids, CancellationToken cancellationToken)
    {
        await using var connection = await _source().OpenConnectionAsync(cancellationToken);
        await SnapshotRows.ExecuteAsync(connection, "DELETE FROM snapshots WHERE id = ANY (@ids)", cancellationToken, ("ids", ids.ToArray()));
    }

    public async Task<Snapshot?> ChangeAsync(Guid id, Func<Snapshot, Snapshot> change, CancellationToken cancellationToken)
    {
        await using var connection = await _source().OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if ((await SnapshotRows.ReadAsync(connection, "WHERE id = @id FOR UPDATE", cancellationToken, ("id", id))).SingleOrDefault() is not { } before) return null;
        var after = change(before);
        if (after == before) return before;
        await SnapshotRows.ExecuteAsync(connection, """
            UPDATE snapshots SET state = @state, quarantined_by = @by, quarantine_until = @until, note = @note, disposal = @disposal, disposals = @disposals, try_after = @try,
                held = @held, ended_at = @ended, object_name = @object WHERE id = @id
            """, cancellationToken,
            ("id", id), ("state", after.State.ToString()), ("by", after.QuarantinedBy), ("until", Utc(after.QuarantineUntil)), ("note", after.Note), ("disposal", after.Disposal),
            ("disposals", after.Disposals), ("try", Utc(after.TryAfter)), ("held", after.Held), ("ended", Utc(after.EndedAt)), ("object", after.ObjectName));
        await CommitAsync(connection, transaction, [after.PipelineId], cancellationToken);
        return after;
    }

    public async Task<IReadOnlyList<Snapshot>> DueForDisposalAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken)
    {
        await using var connection = await _source().OpenConnectionAsync(cancellationToken);
        return await SnapshotRows.ReadAsync(connection, """
            WHERE state IN ('Quarantined', 'Disposing') AND quarantine_until <= @now AND (try_after IS NULL OR try_after <= @now)
                AND EXISTS (SELECT 1 FROM pipelines p WHERE p.id = pipeline_id AND p.retired_at IS NULL)
            ORDER BY quarantine_until, id LIMIT @limit
            """, cancellationToken, ("now", Utc(now)), ("limit", limit));
    }

    public async Task<SnapshotPolicy> PolicyAsync(Guid pipeline, CancellationToken cancellationToken)
    {
        await using var connection = await _source().OpenConnectionAsync(cancellationToken);
        return (await PoliciesAsync(connection, "WHERE pipeline_id = @pipeline", cancellationToken, ("pipeline", pipeline))).SingleOrDefault() ?? new SnapshotPolicy { PipelineId = pipeline };
    }

    public async Task<SnapshotPolicy> ChangePolicyAsync(Guid pipeline, Func<SnapshotPolicy, SnapshotPolicy> change, CancellationToken cancellationToken)
    {
        await using var connection = await _source().OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await SnapshotRows.ExecuteAsync(connection, "INSERT INTO snapshot_policies (pipeline_id, version) VALUES (@pipeline, 0) ON CONFLICT DO NOTHING", cancellationToken, ("pipeline", pipeline));
        var before = (await PoliciesAsync(connection, "WHERE pipeline_id = @pipeline FOR UPDATE", cancellationToken, ("pipeline", pipeline))).Single();
        var after = change(before);
        if (after == before) return before;
        await SnapshotRows.ExecuteAsync(connection, """
            UPDATE snapshot_policies SET version = @version, schedule = @schedule, retention = @retention, next_planned = @planned, next_begins = @begins, claimed = @claimed,
                last_run = @last, updated_by = @by, updated_at = @at WHERE pipeline_id = @pipeline
            """, cancellationToken,
            ("pipeline", pipeline), ("version", after.Version), ("schedule", Text(after.Schedule)), ("retention", Text(after.Retention)), ("planned", Utc(after.Next?.Planned)),
            ("begins", Utc(after.Next?.Begins)), ("claimed", Utc(after.Claimed)), ("last", Text(after.LastRun)), ("by", after.UpdatedBy), ("at", Utc(after.UpdatedAt)));
        await CommitAsync(connection, transaction, [pipeline], cancellationToken);
        return after;
    }

    public async Task<IReadOnlyList<SnapshotPolicy>> DueTurnsAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken)
    {
        await using var connection = await _source().OpenConnectionAsync(cancellationToken);
        return await PoliciesAsync(connection, """
            WHERE (next_begins <= @now OR claimed IS NOT NULL) AND EXISTS (SELECT 1 FROM pipelines p WHERE p.id = pipeline_id AND p.retired_at IS NULL)
            ORDER BY next_begins, pipeline_id LIMIT @limit
            """, cancellationToken, ("now", Utc(now)), ("limit", limit));
    }

    public async Task<IReadOnlyList<SnapshotPolicy>> RetentionsAsync(CancellationToken cancellationToken)
    {
        await using var connection = await _source().OpenConnectionAsync(cancellationToken);
        var all = await PoliciesAsync(connection, "WHERE retention IS NOT NULL AND EXISTS (SELECT 1 FROM pipelines p WHERE p.id = pipeline_id AND p.retired_at IS NULL)", cancellationToken);
        return [.. all.Where(p => p.Retention is { Enabled: true })];
    }

    public async Task<IReadOnlyDictionary<Guid, string>> MarksAsync(CancellationToken cancellationToken)
    {
        await using var connection = await _source().OpenConnectionAsync(cancellationToken);
        await using var command = SnapshotRows.Command(connection, "SELECT pipeline_id, mark FROM snapshot_marks");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var marks = new Dictionary<Guid, string>();
        while (await reader.ReadAsync(cancellationToken)) marks[reader.GetGuid(0)] = reader.GetString(1);
        return marks;
    }

    public async Task MarkAsync(Guid pipeline, string mark, CancellationToken cancellationToken)
    {
        await using var connection = await _source().OpenConnectionAsync(cancellationToken);
        await SnapshotRows.ExecuteAsync(connection, """
            INSERT INTO snapshot_marks (pipeline_id, mark) SELECT @pipeline, @mark WHERE EXISTS (SELECT 1 FROM pipelines WHERE id = @pipeline)
            ON CONFLICT (pipeline_id) DO UPDATE SET mark = EXCLUDED.mark
            """, cancellationToken, ("pipeline", pipeline), ("mark", mark));
    }

    public void Dispose() => _subscription?.Dispose();

    private async Task CommitAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, IEnumerable<Guid> pipelines, CancellationToken cancellationToken)
    {
        var changed = pipelines.ToList();
        foreach (var pipeline in changed)
        {
            var (channel, payload) = DatabaseNotifications.Notice(Topic, pipeline.ToString());
            await SnapshotRows.ExecuteAsync(connection, "SELECT pg_notify(@channel, @payload)", cancellationToken, ("channel", channel), ("payload", payload));
        }
        await transaction.CommitAsync(cancellationToken);
        foreach (var pipeline in changed) Changed?.Invoke(pipeline);
    }

    private static async Task<Dictionary<Guid, PipelineKey>> PipelinesAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = SnapshotRows.Command(connection, "SELECT id, cluster, namespace, name, resource FROM pipelines WHERE retired_at IS NULL");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var pipelines = new Dictionary<Guid, PipelineKey>();
        while (await reader.ReadAsync(cancellationToken))
            pipelines[reader.GetGuid(0)] = new PipelineKey(reader.GetString(1), reader.GetString(2), reader.GetString(3), Enum.Parse<FlinkResource>(reader.GetString(4)));
        return pipelines;
    }

    private static async Task<IReadOnlyList<SnapshotPolicy>> PoliciesAsync(NpgsqlConnection connection, string where, CancellationToken cancellationToken, params (string Name, object? Value)[] parameters)
    {
        await using var command = SnapshotRows.Command(connection, $"SELECT pipeline_id, version, schedule, retention, next_planned, next_begins, claimed, last_run, updated_by, updated_at FROM snapshot_policies {where}", parameters);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var policies = new List<SnapshotPolicy>();
        while (await reader.ReadAsync(cancellationToken))
            policies.Add(new SnapshotPolicy
            {
                PipelineId = reader.GetGuid(0),
                Version = reader.GetInt32(1),
                Schedule = Of<SnapshotSchedule>(SnapshotRows.Text(reader, 2)),
                Retention = Of<RetentionRule>(SnapshotRows.Text(reader, 3)),
                Next = SnapshotRows.Time(reader, 4) is { } planned && SnapshotRows.Time(reader, 5) is { } begins ? new SnapshotTurn(planned, begins) : null,
                Claimed = SnapshotRows.Time(reader, 6),
                LastRun = Of<ScheduledRun>(SnapshotRows.Text(reader, 7)),
                UpdatedBy = SnapshotRows.Text(reader, 8),
                UpdatedAt = SnapshotRows.Time(reader, 9),
            });
        return policies;
    }

    private static string? Text<T>(T? value)
        where T : class => value is null ? null : JsonSerializer.Serialize(value, Json);

    private static T? Of<T>(string? json)
        where T : class => json is null ? null : JsonSerializer.Deserialize<T>(json, Json);

    // PostgreSQL keeps microseconds; a value that is compared later must have been cut the same way.
    private static DateTimeOffset? Utc(DateTimeOffset? at) => at is { } time ? new(time.UtcTicks - (time.UtcTicks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero) : null;
}
