using System.Security.Cryptography;
using System.Text;
using Npgsql;
using Sluice.Domain.Access;
using Sluice.Domain.Operations;
using Sluice.Portal.Stores;

namespace Sluice.Portal.Api;

/// <summary>Makes a repeated request start one operation: a caller whose connection broke sends it again with the same key and gets the operation that it started.</summary>
public sealed class OperationKeys(SluiceDatabase database)
{
    /// <summary>Starts what is asked for, once for each value of the header Idempotency-Key.</summary>
    public Task<Operation> StartAsync(OperationRequest request, HttpContext context, IOperationService service, CancellationToken cancellationToken)
    {
        var key = context.Request.Headers["Idempotency-Key"].ToString();
        if (key.Length > 200) throw new BadHttpRequestException("Idempotency-Key is at most 200 characters.");
        var actor = context.Actor();
        return key.Length == 0
            ? service.StartAsync(request, actor, cancellationToken)
            : OnceAsync(actor, key, id => service.StartAsync(request with { Id = id }, actor, cancellationToken), service, cancellationToken);
    }

    // Made from the key: the process may die after the operation is recorded and before its key is, and what waits for its turn would not keep a second one out.
    private static Guid IdOf(Actor actor, string key) => new(SHA256.HashData(Encoding.UTF8.GetBytes($"sluice operation key\n{actor.Name}\n{key}")).AsSpan(0, 16));

    private async Task<Operation> OnceAsync(Actor actor, string key, Func<Guid, Task<Operation>> start, IOperationService service, CancellationToken cancellationToken)
    {
        await using var connection = await database.Source.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        // Two requests with one key take turns, on whichever replicas they arrive.
        await ExecuteAsync("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", actor.Name + "\n" + key);
        await using (var find = new NpgsqlCommand("SELECT id FROM operations WHERE actor = $1 AND idempotency_key = $2", connection) { Parameters = { new() { Value = actor.Name }, new() { Value = key } } })
            if (await find.ExecuteScalarAsync(cancellationToken) is Guid known && await service.FindAsync(known, cancellationToken) is { } found)
                return found;
        var id = IdOf(actor, key);
        Operation operation;
        try
        {
            operation = await start(id);
        }
        catch (OperationRefusedException e) when (e.ActiveOperation == id)
        {
            // What a process that died had sent was recorded only now.
            if (await service.FindAsync(id, cancellationToken) is not { } late) throw;
            operation = late;
        }

        await ExecuteAsync("UPDATE operations SET idempotency_key = $1 WHERE id = $2", key, operation.Id);
        await transaction.CommitAsync(cancellationToken);
        return operation;

        async Task ExecuteAsync(string sql, params object[] values)
        {
            await using var command = new NpgsqlCommand(sql, connection);
            foreach (var value in values) command.Parameters.Add(new() { Value = value });
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }
}
