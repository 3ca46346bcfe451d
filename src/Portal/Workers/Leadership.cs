using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Npgsql;
using Sluice.Portal.Stores;

namespace Sluice.Portal.Workers;

/// <summary>
/// Lets one replica at a time do a work that all have: the one whose connection holds a PostgreSQL advisory lock, which the server frees when that connection ends.
/// No fence: a leader that was cut off may act for a few seconds beside its successor, so what it does has to be safe when done twice.
/// </summary>
public sealed partial class Leadership(SluiceDatabase database, TimeProvider time, ILogger<Leadership> logger)
{
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(2);
    private const int AnswerSeconds = 5;

    /// <summary>Runs the work while this replica leads it, until cancelled. The work's token is cancelled when leadership is lost.</summary>
    public async Task RunAsync(string work, Func<CancellationToken, Task> lead, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await using var connection = await database.Source.OpenConnectionAsync(cancellationToken);
                if (await AskAsync(connection, "SELECT pg_try_advisory_lock($1)", work, cancellationToken)) await LeadAsync(connection, work, lead, cancellationToken);
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException or IOException)
            {
                LogLost(work, e.Message);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }

            await Task.Delay(Retry, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task LeadAsync(NpgsqlConnection connection, string work, Func<CancellationToken, Task> lead, CancellationToken cancellationToken)
    {
        LogLeads(work);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var working = lead(stop.Token);
        try
        {
            while (!working.IsCompleted)
            {
                await Task.WhenAny(working, Task.Delay(Retry, time, cancellationToken));
                if (!cancellationToken.IsCancellationRequested) await AskAsync(connection, "SELECT $1 IS NOT NULL", work, cancellationToken);
                else break;
            }
        }
        finally
        {
            // The lock is given back after the work has ended, never before.
            await stop.CancelAsync();
            await working.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (working.IsFaulted) LogFailed(work, working.Exception!.GetBaseException());
        await AskAsync(connection, "SELECT pg_advisory_unlock($1)", work, CancellationToken.None);
    }

    private static async Task<bool> AskAsync(NpgsqlConnection connection, string sql, string work, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = AnswerSeconds, Parameters = { new() { Value = Number(work) } } };
        return await command.ExecuteScalarAsync(cancellationToken) is true;
    }

    private static long Number(string work) => BinaryPrimitives.ReadInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes("sluice leader " + work)));

    [LoggerMessage(1, LogLevel.Information, "This replica leads: {Work}.")]
    private partial void LogLeads(string work);

    [LoggerMessage(2, LogLevel.Warning, "This replica does not lead {Work} any more, or cannot ask: {Reason}. Trying again.")]
    private partial void LogLost(string work, string reason);

    [LoggerMessage(3, LogLevel.Error, "{Work} ended with a fault; it is begun again.")]
    private partial void LogFailed(string work, Exception exception);
}
