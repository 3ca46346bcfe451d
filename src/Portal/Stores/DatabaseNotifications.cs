using System.Collections.Concurrent;
using Npgsql;

namespace Sluice.Portal.Stores;

/// <summary>
/// Tells every replica at once that something in the database changed, over PostgreSQL's LISTEN and NOTIFY on one connection. Notices may be lost while the
/// connection is down, so every handler is called once after each connect: read what you need, do not count notices.
/// </summary>
public sealed partial class DatabaseNotifications(SluiceDatabase database, TimeProvider time, ILogger<DatabaseNotifications> logger) : BackgroundService
{
    private const string Channel = "sluice";
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private readonly ConcurrentDictionary<Guid, (string Topic, Action<string?> Handler)> _handlers = new();

    /// <summary>Calls the handler (on any thread, quickly to return) for each notice of the topic; with null after a reconnect, when notices may have been missed.</summary>
    public IDisposable Subscribe(string topic, Action<string?> handler)
    {
        var id = Guid.NewGuid();
        _handlers[id] = (topic, handler);
        return new Subscription(() => _handlers.TryRemove(id, out _));
    }

    /// <summary>The SQL that sends a notice when the transaction it runs in commits: <c>SELECT pg_notify($1, $2)</c> with these values.</summary>
    public static (string Channel, string Payload) Notice(string topic, string content) => (Channel, topic + ":" + content);

    /// <summary>Sends a notice.</summary>
    public async Task NotifyAsync(string topic, string content, CancellationToken cancellationToken)
    {
        await using var command = database.Source.CreateCommand("SELECT pg_notify($1, $2)");
        command.Parameters.Add(new() { Value = Channel });
        command.Parameters.Add(new() { Value = topic + ":" + content });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await ListenAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is NpgsqlException or IOException or ObjectDisposedException)
            {
                LogLost(e.Message);
                await Task.Delay(Pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task ListenAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.Source.OpenConnectionAsync(cancellationToken);
        connection.Notification += (_, notice) => Raise(notice.Payload);
        await using (var listen = new NpgsqlCommand("LISTEN " + Channel, connection)) await listen.ExecuteNonQueryAsync(cancellationToken);
        foreach (var (_, handler) in _handlers.Values) Call(handler, null);
        while (true) await connection.WaitAsync(cancellationToken);
    }

    private void Raise(string payload)
    {
        var cut = payload.IndexOf(':', StringComparison.Ordinal);
        if (cut < 0) return;
        foreach (var (topic, handler) in _handlers.Values)
            if (payload.AsSpan(0, cut).SequenceEqual(topic)) Call(handler, payload[(cut + 1)..]);
    }

    private void Call(Action<string?> handler, string? content)
    {
        try
        {
            handler(content);
        }
        catch (Exception e)
        {
            // One subscriber's fault must not cost the others their notices.
            LogHandlerFailed(e);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "Changes made by other replicas are not heard of now: {Reason}. Trying again.")]
    private partial void LogLost(string reason);

    [LoggerMessage(2, LogLevel.Error, "A handler of a database notice failed.")]
    private partial void LogHandlerFailed(Exception exception);

    private sealed class Subscription(Action dispose) : IDisposable
    {
        public void Dispose() => dispose();
    }
}
