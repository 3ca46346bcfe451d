using Npgsql;
using Sluice.Domain.Operations;
using Sluice.Domain.Operations.Bulk;

namespace Sluice.Portal.Stores.Bulk;

/// <summary>Runs in PostgreSQL. As with operations each statement is the rule: <c>fence = @fence</c> decides whose write counts, the run's locked row who comes first.</summary>
public sealed class BulkStore : IBulkStore, IDisposable
{
    private const string Topic = "bulk";

    private const string Counts = """
        SELECT bulk_id, wave, count(*) FILTER (WHERE state = 'Pending'), count(*) FILTER (WHERE state = 'Running'), count(*) FILTER (WHERE state = 'Waiting'),
            count(*) FILTER (WHERE state = 'Succeeded'), count(*) FILTER (WHERE state = 'Failed'), count(*) FILTER (WHERE state = 'Skipped'),
            count(*) FILTER (WHERE state IN ('Failed', 'Waiting') AND NOT excused)
        FROM bulk_items WHERE bulk_id = ANY (@ids) GROUP BY bulk_id, wave ORDER BY bulk_id, wave
        """;

    private readonly Func<NpgsqlDataSource> _source;
    private readonly IDisposable? _subscription;

    /// <param name="source">Asked at each use: the private database has no address before the host starts.</param>
    /// <param name="notifications">Brings changes made on other replicas; null where there are none to hear of.</param>
    public BulkStore(Func<NpgsqlDataSource> source, DatabaseNotifications? notifications)
    {
        _source = source;
        _subscription = notifications?.Subscribe(Topic, id => Changed?.Invoke(Guid.TryParse(id, out var parsed) ? parsed : null));
    }

    public event Action<Guid?>? Changed;

    public async Task<bool> AddAsync(BulkRun run, IReadOnlyList<BulkItem> items, CancellationToken cancellationToken)
    {
        await using var connection = await _source().OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var added = await ExecuteAsync(connection, """
            INSERT INTO bulk_runs (id, kind, "order", pipelines, state, message, actor, created_at)
            VALUES (@id, @kind, @order, @pipelines, @state, @message, @actor, @created) ON CONFLICT (id) DO NOTHING
            """, cancellationToken, ("id", run.Id), ("kind", run.Order.Kind.ToString()), ("order", BulkRows.Write(run.Order)), ("pipelines", run.Pipelines),
            ("state", run.State.ToString()), ("message", run.Message), ("actor", run.Actor), ("created", run.CreatedAt.ToUniversalTime()));
        if (added == 0) return false;
        await using (var writer = await connection.BeginBinaryImportAsync("COPY bulk_items (bulk_id, index, cluster, namespace, name, resource, team, wave, state, attempt, generation, message) FROM STDIN (FORMAT BINARY)", cancellationToken))
        {
            foreach (var item in items)
                await writer.WriteRowAsync(cancellationToken, run.Id, item.Index, item.Pipeline.Cluster, item.Pipeline.Namespace, item.Pipeline.Name, item.Pipeline.Resource.ToString(),
                    (object?)item.Team ?? DBNull.Value, item.Wave, item.State.ToString(), item.Attempt, (object?)item.Generation ?? DBNull.Value, item.Message);
            await writer.CompleteAsync(cancellationToken);
        }

        await CommitAsync(connection, transaction, run.Id, cancellationToken);
        return true;
    }

    public async Task<BulkRun?> FindAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var connection = await _source().OpenConnectionAsync(cancellationToken);
        return (await RunsAsync(connection, "WHERE id = @id", cancellationToken, ("id", id))).SingleOrDefault();
    }

    public async Task<IReadOnlyList<BulkOverview>> ListAsync(int limit, CancellationToken cancellationToken)
    {
        await using var connection = await _source().OpenConnectionAsync(cancellationToken);
        var runs = await RunsAsync(connection, "ORDER BY created_at DESC, id LIMIT @limit", cancellationToken, ("limit", limit));
        var counts = (await ReadAsync(connection, Counts, BulkRows.ReadWave, cancellationToken, ("ids", runs.Select(r => r.Id).ToArray()))).ToLookup(c => c.Run, c => c.Count);
        return [.. runs.Select(r => new BulkOverview(r, [.. counts[r.Id]]))];
    }

    public async Task<IReadOnlyList<BulkWaveCount>> WavesAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var connection = await _source().OpenConnectionAsync(cancellationToken);
        return [.. (await ReadAsync(connection, Counts, BulkRows.ReadWave, cancellationToken, ("ids", new[] { id }))).Select(c => c.Count)];
    }

    public async Task<IReadOnlyList<BulkItem>> ItemsAsync(Guid id, int? wave, IReadOnlyCollection<BulkItemState> states, int offset, int limit, CancellationToken cancellationToken)
    {
        await using var connection = await _source().OpenConnectionAsync(cancellationToken);
        return await ReadAsync(connection, $"""
            SELECT {BulkRows.Item} FROM bulk_items i
            WHERE i.bulk_id = @id AND (@wave::integer IS NULL OR i.wave = @wave) AND (cardinality(@states) = 0 OR i.state = ANY (@states)) ORDER BY i.index OFFSET @offset LIMIT @limit
            """, BulkRows.ReadItem, cancellationToken, ("id", id), ("wave", wave), ("states", states.Select(s => s.ToString()).ToArray()), ("offset", offset), ("limit", limit));
    }

    public async Task<IReadOnlyList<BulkApproval>> ApprovalsAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var connection = await _source().OpenConnectionAsync(cancellationToken);
        // Of the plan only what is shown of each: hundreds may wait.
        return await ReadAsync(connection, """
            SELECT o.id, o.cluster, o.namespace, o.name, o.resource, i.wave, o.plan #>> '{classification,effect}', CAST(o.plan -> 'lost' AS text), o.guards #>> '{approval,expiresAt}'
            FROM bulk_items i JOIN operations o ON o.id = i.operation_id WHERE i.bulk_id = @id AND i.state = 'Running' AND o.state = 'AwaitingApproval' ORDER BY i.index
            """, BulkRows.ReadApproval, cancellationToken, ("id", id));
    }

    public async Task<IReadOnlyList<Guid>> OpenAsync(CancellationToken cancellationToken)
    {
        await using var connection = await _source().OpenConnectionAsync(cancellationToken);
        return await ReadAsync(connection, """
            SELECT id FROM bulk_runs r WHERE state = 'Running' OR EXISTS (SELECT FROM bulk_items i WHERE i.bulk_id = r.id AND i.state IN ('Running', 'Waiting')) ORDER BY created_at
            """, r => r.GetGuid(0), cancellationToken);
    }

    public async Task<BulkRun?> TakeAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var connection = await _source().OpenConnectionAsync(cancellationToken);
        return (await ReadAsync(connection, $"UPDATE bulk_runs SET fence = fence + 1 WHERE id = @id RETURNING {BulkRows.Run}", BulkRows.ReadRun, cancellationToken, ("id", id))).SingleOrDefault();
    }

    public async Task<IReadOnlyList<BulkFollowed>> FollowedAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var connection = await _source().OpenConnectionAsync(cancellationToken);
        return await ReadAsync(connection, $"""
            SELECT {BulkRows.Item}, o.state, o.message, o.ended_at FROM bulk_items i LEFT JOIN operations o ON o.id = i.operation_id
            WHERE i.bulk_id = @id AND i.state IN ('Running', 'Waiting') ORDER BY i.index
            """, BulkRows.ReadFollowed, cancellationToken, ("id", id));
    }

    public async Task<bool> BeginAsync(Guid id, long fence, IReadOnlyList<BulkItem> items, CancellationToken cancellationToken)
    {
        await using var connection = await _source().OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (await LockAsync(connection, id, fence, cancellationToken) != BulkState.Running) return false;
        await WriteAsync(connection, id, items, cancellationToken);
        await CommitAsync(connection, transaction, id, cancellationToken);
        return true;
    }

    public async Task SaveAsync(Guid id, long fence, IReadOnlyList<BulkItem> items, CancellationToken cancellationToken)
    {
        await using var connection = await _source().OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await LockAsync(connection, id, fence, cancellationToken);
        await WriteAsync(connection, id, items, cancellationToken);
        await CommitAsync(connection, transaction, id, cancellationToken);
    }

    public async Task SaveAsync(BulkRun run, CancellationToken cancellationToken)
    {
        await using var connection = await _source().OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (await LockAsync(connection, run.Id, run.Fence, cancellationToken) != BulkState.Running) return;
        await WriteAsync(connection, run, cancellationToken);
        await CommitAsync(connection, transaction, run.Id, cancellationToken);
    }

    public async Task<BulkRun?> ChangeAsync(Guid id, Func<BulkRun, BulkRun> change, BulkItemsChange items, CancellationToken cancellationToken)
    {
        await using var connection = await _source().OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if ((await RunsAsync(connection, "WHERE id = @id FOR UPDATE", cancellationToken, ("id", id))).SingleOrDefault() is not { } before) return null;
        var after = change(before);
        await WriteAsync(connection, after, cancellationToken);
        foreach (var sql in Statements(items)) await ExecuteAsync(connection, sql, cancellationToken, ("id", id), ("ended", Utc(after.EndedAt)));
        await CommitAsync(connection, transaction, id, cancellationToken);
        return after;
    }

    public void Dispose() => _subscription?.Dispose();

    private static string[] Statements(BulkItemsChange change) => change switch
    {
        BulkItemsChange.ExcuseFailures => ["UPDATE bulk_items SET excused = true WHERE bulk_id = @id AND state IN ('Failed', 'Waiting')"],
        BulkItemsChange.RetryFailed =>
        [
            """
            UPDATE bulk_items SET state = 'Pending', attempt = attempt + 1, operation_id = NULL, generation = NULL, message = '', excused = false, started_at = NULL, ended_at = NULL
            WHERE bulk_id = @id AND state = 'Failed'
            """,
            "UPDATE bulk_items SET excused = true WHERE bulk_id = @id AND state = 'Waiting'",
        ],
        BulkItemsChange.SkipPending => ["UPDATE bulk_items SET state = 'Skipped', message = 'The run was called off before its turn.', ended_at = @ended WHERE bulk_id = @id AND state = 'Pending'"],
        _ => [],
    };

    /// <summary>Nobody else changes the run until the transaction ends.</summary>
    private static async Task<BulkState> LockAsync(NpgsqlConnection connection, Guid id, long fence, CancellationToken cancellationToken)
    {
        await using var command = Command(connection, "SELECT state FROM bulk_runs WHERE id = @id AND fence = @fence FOR UPDATE", ("id", id), ("fence", fence));
        return await command.ExecuteScalarAsync(cancellationToken) is string state ? Enum.Parse<BulkState>(state) : throw new FencedOutException(id, fence);
    }

    private static Task WriteAsync(NpgsqlConnection connection, BulkRun run, CancellationToken cancellationToken) => ExecuteAsync(connection, """
        UPDATE bulk_runs SET state = @state, message = @message, started_at = @started, ended_at = @ended, wave = @wave, wave_ended_at = @waveEnded, wave_checked = @checked WHERE id = @id
        """, cancellationToken, ("id", run.Id), ("state", run.State.ToString()), ("message", run.Message), ("started", Utc(run.StartedAt)), ("ended", Utc(run.EndedAt)),
        ("wave", run.Wave), ("waveEnded", Utc(run.WaveEndedAt)), ("checked", run.WaveChecked));

    // An item that a person retried in between is another attempt: what came of the old one is not written over it.
    private static async Task WriteAsync(NpgsqlConnection connection, Guid id, IReadOnlyList<BulkItem> items, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        foreach (var item in items)
        {
            var command = new NpgsqlBatchCommand("""
                UPDATE bulk_items SET state = @state, operation_id = @operation, message = @message, excused = @excused, started_at = @started, ended_at = @ended
                WHERE bulk_id = @id AND index = @index AND attempt = @attempt
                """);
            Add(command.Parameters, ("id", id), ("index", item.Index), ("attempt", item.Attempt), ("state", item.State.ToString()), ("operation", item.OperationId), ("message", item.Message),
                ("excused", item.Excused), ("started", Utc(item.StartedAt)), ("ended", Utc(item.EndedAt)));
            batch.BatchCommands.Add(command);
        }

        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task CommitAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, Guid id, CancellationToken cancellationToken)
    {
        var (channel, payload) = DatabaseNotifications.Notice(Topic, id.ToString());
        await ExecuteAsync(connection, "SELECT pg_notify(@channel, @payload)", cancellationToken, ("channel", channel), ("payload", payload));
        await transaction.CommitAsync(cancellationToken);
        Changed?.Invoke(id);
    }

    private static Task<List<BulkRun>> RunsAsync(NpgsqlConnection connection, string where, CancellationToken cancellationToken, params (string Name, object? Value)[] parameters) =>
        ReadAsync(connection, $"SELECT {BulkRows.Run} FROM bulk_runs {where}", BulkRows.ReadRun, cancellationToken, parameters);

    private static async Task<List<T>> ReadAsync<T>(NpgsqlConnection connection, string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken, params (string Name, object? Value)[] parameters)
    {
        await using var command = Command(connection, sql, parameters);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var all = new List<T>();
        while (await reader.ReadAsync(cancellationToken)) all.Add(read(reader));
        return all;
    }

    private static async Task<int> ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken, params (string Name, object? Value)[] parameters)
    {
        await using var command = Command(connection, sql, parameters);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, params (string Name, object? Value)[] parameters)
    {
        var command = new NpgsqlCommand(sql, connection);
        Add(command.Parameters, parameters);
        return command;
    }

    private static void Add(NpgsqlParameterCollection to, params (string Name, object? Value)[] parameters)
    {
        foreach (var (name, value) in parameters) to.AddWithValue(name, value ?? DBNull.Value);
    }

    private static DateTimeOffset? Utc(DateTimeOffset? at) => at?.ToUniversalTime();
}
