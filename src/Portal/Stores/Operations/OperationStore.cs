using Npgsql;
using Sluice.Domain.Operations;
using Sluice.Domain.Operations.Planning;
using Sluice.Domain.Pipelines;

namespace Sluice.Portal.Stores.Operations;

/// <summary>
/// Operations in PostgreSQL. Plain SQL, because each statement is the rule: the partial unique index decides who is active, SKIP LOCKED who claims,
/// and <c>fence = @fence</c> whose write counts. Leases are measured by the database's clock, so replicas need not agree on the time.
/// </summary>
public sealed class OperationStore : IOperationStore, IDisposable
{
    private const string Topic = "operations";
    // Lists leave out the plan, whose diff may be long.
    private const string One = "WHERE id = @id";
    private const string Held = "state IN ('AwaitingApproval', 'Queued')";
    private const string NotEnded = "('Pending', 'Running', 'Waiting')";
    private readonly Func<NpgsqlDataSource> _source;
    private readonly IDisposable? _subscription;

    /// <param name="source">Asked at each use: the private database has no address before the host starts.</param>
    /// <param name="notifications">Brings changes made on other replicas; null where there are none to hear of.</param>
    public OperationStore(Func<NpgsqlDataSource> source, DatabaseNotifications? notifications)
    {
        _source = source;
        _subscription = notifications?.Subscribe(Topic, id => Changed?.Invoke(Guid.TryParse(id, out var parsed) ? parsed : null));
    }

    public event Action<Guid?>? Changed;

    public async Task AddAsync(Operation operation, CancellationToken cancellationToken)
    {
        await using var connection = await _source().OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        try
        {
            await ExecuteAsync(connection, """
                INSERT INTO operations (id, kind, cluster, namespace, name, resource, actor, reason, parameters, state, message, created_at, fence, cancel_requested, plan, queued_at, guards, request)
                VALUES (@id, @kind, @cluster, @namespace, @name, @resource, @actor, @reason, @parameters, @state, @message, @created, 0, false, CAST(@plan AS jsonb), @queued, CAST(@guards AS jsonb), CAST(@request AS jsonb))
                """, cancellationToken,
                ("id", operation.Id), ("kind", operation.Kind.ToString()), ("cluster", operation.Pipeline.Cluster), ("namespace", operation.Pipeline.Namespace),
                ("name", operation.Pipeline.Name), ("resource", operation.Pipeline.Resource.ToString()), ("actor", operation.Actor), ("reason", operation.Reason),
                ("parameters", operation.Parameters), ("state", operation.State.ToString()), ("message", operation.Message), ("created", operation.CreatedAt.ToUniversalTime()), ("plan", PlanJson.Write(operation.Plan)),
                ("queued", Utc(operation.QueuedAt)), ("guards", PlanJson.Write(operation.Guards)), ("request", PlanJson.Write(operation.Request)));
        }
        catch (PostgresException e) when (e is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "operations_one_active" })
        {
            await transaction.RollbackAsync(cancellationToken);
            var active = await ReadAsync(connection, $"WHERE state IN {NotEnded} AND cluster = @cluster AND namespace = @namespace AND name = @name AND resource = @resource", cancellationToken, Address(operation.Pipeline));
            // It may have ended in between; the refusal still holds for this attempt.
            throw active.Count > 0 ? OperationService.Refused(active[0].Id) : new OperationRefusedException("Another operation of this pipeline was active a moment ago. Try again.");
        }
        catch (PostgresException e) when (e is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "operations_pkey" })
        {
            throw new OperationRefusedException("This operation was started already.", operation.Id);
        }

        foreach (var step in operation.Steps) await WriteStepAsync(connection, operation.Id, step, cancellationToken);
        await NotifyAsync(connection, operation.Id, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        Changed?.Invoke(operation.Id);
    }

    public async Task<Operation?> FindAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var connection = await _source().OpenConnectionAsync(cancellationToken);
        return (await ReadAsync(connection, One, cancellationToken, ("id", id))).SingleOrDefault();
    }

    public async Task<IReadOnlyList<PastOutcome>> PastAsync(PipelineKey pipeline, int limit, CancellationToken cancellationToken)
    {
        await using var connection = await _source().OpenConnectionAsync(cancellationToken);
        await using var command = Command(connection, """
            (SELECT kind, cluster, namespace, name, resource, ended_at, outcome FROM operations
             WHERE outcome IS NOT NULL AND ended_at IS NOT NULL AND cluster = @cluster AND namespace = @namespace AND name = @name AND resource = @resource ORDER BY created_at DESC LIMIT @limit)
            UNION ALL
            (SELECT kind, cluster, namespace, name, resource, ended_at, outcome FROM operations
             WHERE outcome IS NOT NULL AND ended_at IS NOT NULL AND cluster = @cluster AND NOT (namespace = @namespace AND name = @name AND resource = @resource) ORDER BY ended_at DESC LIMIT @limit)
            """, [.. Address(pipeline), ("limit", limit)]);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var past = new List<PastOutcome>();
        while (await reader.ReadAsync(cancellationToken))
            if (OperationRows.ReadPast(reader) is { } outcome) past.Add(outcome);
        return past;
    }

    public async Task<IReadOnlyList<Operation>> ListAsync(PipelineKey? pipeline, int limit, CancellationToken cancellationToken)
    {
        await using var connection = await _source().OpenConnectionAsync(cancellationToken);
        const string newest = "ORDER BY created_at DESC, id LIMIT @limit";
        return pipeline is { } key
            // What was forked from a pipeline stands in its list as well, and what was done to it at an earlier address.
            ? await ReadAsync(connection, $"""
                WHERE id IN (
                    (SELECT id FROM operations WHERE cluster = @cluster AND namespace = @namespace AND name = @name AND resource = @resource {newest})
                    UNION ALL
                    (SELECT id FROM operations WHERE kind = 'Fork' AND cluster = @cluster AND resource = @resource AND CAST(parameters AS jsonb) ->> 'source' = @source {newest})
                    UNION ALL
                    (SELECT o.id FROM pipelines p JOIN pipeline_addresses a ON a.pipeline_id = p.id
                        JOIN operations o ON o.cluster = a.cluster AND o.namespace = a.namespace AND o.name = a.name AND o.resource = a.resource AND o.created_at <= a.until
                     WHERE p.retired_at IS NULL AND p.cluster = @cluster AND p.namespace = @namespace AND p.name = @name AND p.resource = @resource
                     ORDER BY o.created_at DESC, o.id LIMIT @limit)) {newest}
                """, cancellationToken, [.. Address(key), ("source", $"{key.Cluster}/{key.Namespace}/{key.Name}"), ("limit", limit)])
            : await ReadAsync(connection, newest, cancellationToken, ("limit", limit));
    }

    public async Task<IReadOnlyList<Operation>> ActiveAsync(CancellationToken cancellationToken)
    {
        await using var connection = await _source().OpenConnectionAsync(cancellationToken);
        return await ReadAsync(connection, $"WHERE state IN {NotEnded} ORDER BY created_at", cancellationToken);
    }

    public async Task<IReadOnlyList<Operation>> HeldAsync(PipelineKey? pipeline, CancellationToken cancellationToken)
    {
        await using var connection = await _source().OpenConnectionAsync(cancellationToken);
        // Those that have a turn come first, in its order.
        const string turns = "ORDER BY queued_at NULLS LAST, created_at, id";
        return pipeline is { } key
            ? await ReadAsync(connection, $"WHERE {Held} AND cluster = @cluster AND namespace = @namespace AND name = @name AND resource = @resource {turns}", cancellationToken, Address(key))
            : await ReadAsync(connection, $"WHERE {Held} {turns}", cancellationToken);
    }

    public async Task<bool> BeginAsync(Operation operation, CancellationToken cancellationToken)
    {
        await using var connection = await _source().OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        try
        {
            // Taken back, begun by another replica, or kept out by a newer one: then it is left as it is.
            if (await ExecuteAsync(connection, """
                UPDATE operations SET state = 'Pending', message = @message, parameters = @parameters, plan = CAST(@plan AS jsonb), request = NULL WHERE id = @id AND state = 'Queued'
                """, cancellationToken, ("id", operation.Id), ("message", operation.Message), ("parameters", operation.Parameters), ("plan", PlanJson.Write(operation.Plan))) == 0) return false;
        }
        catch (PostgresException e) when (e is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "operations_one_active" })
        {
            return false;
        }

        await ExecuteAsync(connection, "DELETE FROM operation_steps WHERE operation_id = @id", cancellationToken, ("id", operation.Id));
        foreach (var step in operation.Steps) await WriteStepAsync(connection, operation.Id, step, cancellationToken);
        await NotifyAsync(connection, operation.Id, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        Changed?.Invoke(operation.Id);
        return true;
    }

    public async Task<Operation?> ClaimAsync(string holder, TimeSpan lease, IReadOnlyCollection<string> busy, CancellationToken cancellationToken)
    {
        await using var connection = await _source().OpenConnectionAsync(cancellationToken);
        await using var command = Command(connection, """
            UPDATE operations SET state = 'Running', holder = @holder, lease_until = now() + @lease, fence = fence + 1
            WHERE id = (SELECT id FROM operations
                        WHERE (state = 'Pending' OR (state = 'Running' AND (lease_until IS NULL OR lease_until < now()))) AND NOT cluster = ANY (@busy)
                        ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED)
            RETURNING id
            """, ("holder", holder), ("lease", lease), ("busy", busy.ToArray()));
        if (await command.ExecuteScalarAsync(cancellationToken) is not Guid id) return null;
        await NotifyAsync(connection, id, cancellationToken);
        Changed?.Invoke(id);
        return (await ReadAsync(connection, One, cancellationToken, ("id", id))).SingleOrDefault();
    }

    public async Task<bool> RenewAsync(Guid id, long fence, TimeSpan lease, CancellationToken cancellationToken)
    {
        await using var connection = await _source().OpenConnectionAsync(cancellationToken);
        await using var command = Command(connection, """
            UPDATE operations SET lease_until = now() + @lease WHERE id = @id AND fence = @fence AND state = 'Running' RETURNING cancel_requested
            """, ("id", id), ("fence", fence), ("lease", lease));
        return await command.ExecuteScalarAsync(cancellationToken) as bool? ?? throw new FencedOutException(id, fence);
    }

    public async Task<bool> SaveAsync(Operation operation, int? step, CancellationToken cancellationToken)
    {
        await using var connection = await _source().OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var command = Command(connection, """
            UPDATE operations SET state = @state, message = @message, started_at = @started, ended_at = @ended, outcome = CAST(@outcome AS jsonb),
                holder = CASE WHEN @state = 'Running' THEN holder END, lease_until = CASE WHEN @state = 'Running' THEN lease_until END
            WHERE id = @id AND fence = @fence AND state = 'Running'
            RETURNING cancel_requested
            """, ("id", operation.Id), ("fence", operation.Fence), ("state", operation.State.ToString()), ("message", operation.Message),
            ("started", Utc(operation.StartedAt)), ("ended", Utc(operation.EndedAt)), ("outcome", PlanJson.Write(operation.Outcome)));
        var cancel = await command.ExecuteScalarAsync(cancellationToken) as bool? ?? throw new FencedOutException(operation.Id, operation.Fence);
        if (step is { } index) await WriteStepAsync(connection, operation.Id, operation.Steps[index], cancellationToken);
        await NotifyAsync(connection, operation.Id, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        Changed?.Invoke(operation.Id);
        return cancel;
    }

    public async Task<int> ReleaseAsync(Func<string, bool> isDead, CancellationToken cancellationToken)
    {
        await using var connection = await _source().OpenConnectionAsync(cancellationToken);
        var holders = new List<string>();
        await using (var list = Command(connection, "SELECT DISTINCT holder FROM operations WHERE state = 'Running' AND holder IS NOT NULL AND lease_until >= now()"))
        await using (var reader = await list.ExecuteReaderAsync(cancellationToken))
            while (await reader.ReadAsync(cancellationToken)) holders.Add(reader.GetString(0));
        var dead = holders.Where(isDead).ToArray();
        return dead.Length == 0 ? 0 : await ExecuteAsync(connection, "UPDATE operations SET lease_until = NULL WHERE state = 'Running' AND holder = ANY (@dead)", cancellationToken, ("dead", dead));
    }

    public async Task<Operation?> ChangeAsync(Guid id, Func<Operation, Operation> change, CancellationToken cancellationToken)
    {
        await using var connection = await _source().OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await ExecuteAsync(connection, "SELECT 1 FROM operations WHERE id = @id FOR UPDATE", cancellationToken, ("id", id));
        if ((await ReadAsync(connection, "WHERE id = @id", cancellationToken, ("id", id))).SingleOrDefault() is not { } before) return null;
        var after = change(before);
        await ExecuteAsync(connection, "UPDATE operations SET state = @state, message = @message, cancel_requested = @cancel, ended_at = @ended, queued_at = @queued, guards = CAST(@guards AS jsonb), request = CAST(@request AS jsonb) WHERE id = @id", cancellationToken,
            ("id", id), ("state", after.State.ToString()), ("message", after.Message), ("cancel", after.CancelRequested), ("ended", Utc(after.EndedAt)),
            ("queued", Utc(after.QueuedAt)), ("guards", PlanJson.Write(after.Guards)), ("request", PlanJson.Write(after.Request)));
        foreach (var step in after.Steps)
            if (step != before.Steps[step.Index]) await WriteStepAsync(connection, id, step, cancellationToken);
        await NotifyAsync(connection, id, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        Changed?.Invoke(id);
        return after;
    }

    public void Dispose() => _subscription?.Dispose();

    private static async Task WriteStepAsync(NpgsqlConnection connection, Guid id, OperationStep step, CancellationToken cancellationToken)
    {
        await ExecuteAsync(connection, """
            INSERT INTO operation_steps (operation_id, index, name, title, state, message, attempts, data, started_at, ended_at, deadline)
            VALUES (@id, @index, @name, @title, @state, @message, @attempts, @data, @started, @ended, @deadline)
            ON CONFLICT (operation_id, index) DO UPDATE SET state = EXCLUDED.state, message = EXCLUDED.message, attempts = EXCLUDED.attempts,
                data = EXCLUDED.data, started_at = EXCLUDED.started_at, ended_at = EXCLUDED.ended_at, deadline = EXCLUDED.deadline
            """, cancellationToken,
            ("id", id), ("index", step.Index), ("name", step.Name), ("title", step.Title), ("state", step.State.ToString()), ("message", step.Message),
            ("attempts", step.Attempts), ("data", step.Data), ("started", Utc(step.StartedAt)), ("ended", Utc(step.EndedAt)), ("deadline", Utc(step.Deadline)));
        // Evidence is only ever added, and at its limit the oldest but the first goes: writing what is missing, in order, keeps the rows in step.
        await ExecuteAsync(connection, """
            DELETE FROM operation_evidence e WHERE operation_id = @id AND step_index = @index
                AND NOT EXISTS (SELECT 1 FROM unnest(@at, @source, @text) AS n (at, source, text) WHERE n.at = e.at AND n.source = e.source AND n.text = e.text);
            INSERT INTO operation_evidence (operation_id, step_index, at, source, text)
            SELECT @id, @index, n.at, n.source, n.text FROM unnest(@at, @source, @text) WITH ORDINALITY AS n (at, source, text, i)
            WHERE NOT EXISTS (SELECT 1 FROM operation_evidence e WHERE e.operation_id = @id AND e.step_index = @index AND e.at = n.at AND e.source = n.source AND e.text = n.text)
            ORDER BY n.i
            """, cancellationToken, ("id", id), ("index", step.Index), ("at", step.Evidence.Select(e => Cut(e.At)).ToArray()),
            ("source", step.Evidence.Select(e => e.Source).ToArray()), ("text", step.Evidence.Select(e => e.Text).ToArray()));
    }

    private static async Task<IReadOnlyList<Operation>> ReadAsync(NpgsqlConnection connection, string where, CancellationToken cancellationToken, params (string Name, object? Value)[] parameters)
    {
        var operations = new List<Operation>();
        await using (var command = Command(connection, $"""
            SELECT id, kind, cluster, namespace, name, resource, actor, reason, parameters, state, message, created_at, started_at, ended_at, holder, fence, cancel_requested, {(where == One || where.Contains(Held, StringComparison.Ordinal) ? "plan" : "NULL")}, outcome, queued_at, guards, request
            FROM operations {where}
            """, parameters))
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
            while (await reader.ReadAsync(cancellationToken))
                operations.Add(OperationRows.ReadOperation(reader));
        if (operations.Count == 0) return operations;

        var ids = operations.Select(o => o.Id).ToArray();
        var evidence = new List<(Guid Id, int Step, Evidence Evidence)>();
        await using (var command = Command(connection, "SELECT operation_id, step_index, at, source, text FROM operation_evidence WHERE operation_id = ANY (@ids) ORDER BY id", ("ids", ids)))
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
            while (await reader.ReadAsync(cancellationToken))
                evidence.Add((reader.GetGuid(0), reader.GetInt32(1), new Evidence(reader.GetFieldValue<DateTimeOffset>(2), reader.GetString(3), reader.GetString(4))));
        var evidenceOf = evidence.ToLookup(e => (e.Id, e.Step), e => e.Evidence);

        var steps = new List<(Guid Id, OperationStep Step)>();
        await using (var command = Command(connection, "SELECT operation_id, index, name, title, state, message, attempts, data, started_at, ended_at, deadline FROM operation_steps WHERE operation_id = ANY (@ids) ORDER BY operation_id, index", ("ids", ids)))
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
            while (await reader.ReadAsync(cancellationToken))
            {
                var step = OperationRows.ReadStep(reader);
                steps.Add((reader.GetGuid(0), step with { Evidence = [.. evidenceOf[(reader.GetGuid(0), step.Index)]] }));
            }
        var stepsOf = steps.ToLookup(s => s.Id, s => s.Step);
        return [.. operations.Select(o => o with { Steps = [.. stepsOf[o.Id]] })];
    }

    private static (string Name, object? Value)[] Address(PipelineKey key) =>
        [("cluster", key.Cluster), ("namespace", key.Namespace), ("name", key.Name), ("resource", key.Resource.ToString())];

    private static Task<int> NotifyAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken)
    {
        var (channel, payload) = DatabaseNotifications.Notice(Topic, id.ToString());
        return ExecuteAsync(connection, "SELECT pg_notify(@channel, @payload)", cancellationToken, ("channel", channel), ("payload", payload));
    }

    private static async Task<int> ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken, params (string Name, object? Value)[] parameters)
    {
        await using var command = Command(connection, sql, parameters);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, params (string Name, object? Value)[] parameters)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var (name, value) in parameters) command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        return command;
    }

    private static object Utc(DateTimeOffset? at) => at is { } time ? Cut(time) : DBNull.Value;

    // PostgreSQL keeps microseconds; a value that is compared later must have been cut the same way.
    private static DateTimeOffset Cut(DateTimeOffset at) => new(at.UtcTicks - (at.UtcTicks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);
}
