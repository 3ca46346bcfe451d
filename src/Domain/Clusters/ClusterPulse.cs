using Sluice.Domain.Kubernetes;

namespace Sluice.Domain.Clusters;

/// <summary>
/// Asks a server every few seconds whether it is there. A server that froze, or that packets do not reach any more, leaves its watches open and silent,
/// just like a cluster on which nothing happens.
/// </summary>
internal sealed class ClusterPulse(KubernetesApi api, PulseOptions options, Action<DateTimeOffset?, string> silenced, Action answered)
{
    private volatile Beat? _last;
    private volatile ClusterReach _reach = new(null, api.Time.GetUtcNow());

    /// <summary>When a question was sent that was answered; null before the first answer.</summary>
    public DateTimeOffset? AnsweredAt => _last?.At;

    /// <summary>How long the newest answer took.</summary>
    public TimeSpan? Latency => _last?.Latency;

    /// <summary>Whether it answers, and since when.</summary>
    public ClusterReach Reach => _reach;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var time = api.Time;
        // Counted from when the question was sent: the server lived some time after that.
        var (good, goodAt) = (time.GetTimestamp(), time.GetUtcNow());
        var silent = false;
        while (!cancellationToken.IsCancellationRequested)
        {
            var (sent, sentAt) = (time.GetTimestamp(), time.GetUtcNow());
            var wait = options.Every;
            try
            {
                // The clock on the wall goes on while a machine sleeps, the timers may not. Whatever happened meanwhile, no connection can be relied on.
                if (!silent && (time.GetElapsedTime(good, sent) > options.After * 2 || sentAt - goodAt > options.After * 2))
                {
                    silent = true;
                    silenced(AnsweredAt, "Sluice itself was not running for a while, so it may have missed something; it is catching up.");
                    api.Reconnect();
                }

                var latency = await api.PulseAsync(options.Limit, cancellationToken).ConfigureAwait(false);
                (good, goodAt) = (sent, sentAt);
                _last = new Beat(sentAt, latency);
                if (_reach.Answers != true) _reach = new ClusterReach(true, sentAt);
                if (silent) answered();
                silent = false;
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested && e is not OutOfMemoryException)
            {
                // A connection on which packets are lost would be repaired long after the network is: begin with a new one.
                if (e is KubernetesException { Error: KubernetesError.Timeout }) api.Reconnect();
                if (!silent && time.GetElapsedTime(good) >= options.After)
                {
                    silent = true;
                    _reach = new ClusterReach(false, AnsweredAt ?? _reach.Since);
                    silenced(AnsweredAt, e.Message);
                }

                wait = options.Every / 2;
            }
            catch (Exception) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }

            await Task.Delay(wait, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private sealed record Beat(DateTimeOffset At, TimeSpan Latency);
}
