namespace Sluice.Domain.Kubernetes;

public sealed partial class KubernetesApi
{
    /// <summary>
    /// Asks the server whether it is there, by a question that every account may ask; a refusal proves it as well as a yes. A server that says of itself
    /// that it is not ready (its own store does not answer, or it is on its way up or down) does not count: what it sends meanwhile may be old.
    /// </summary>
    /// <returns>How long the answer took.</returns>
    internal async Task<TimeSpan> PulseAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        // A credential that a program has to fetch first may take longer than the answer: that says nothing about the server.
        await _transport.CredentialAsync(cancellationToken).ConfigureAwait(false);
        var begun = _time.GetTimestamp();
        using var timer = new CallLimit(_time, limit, cancellationToken) { Meter = _transport.Meter };
        using var response = await timer.RunAsync(token => _transport.SendAsync(new KubernetesRequest(HttpMethod.Get, "/readyz") { Accept = "*/*", Unpaced = true }, token), $"reach cluster {Cluster}").ConfigureAwait(false);
        if ((int)response.StatusCode >= 500)
        {
            var unready = new KubernetesException(KubernetesError.Server, $"Cluster {Cluster} answers that it is not ready (HTTP {(int)response.StatusCode}). It may be starting, or the store behind it or a proxy before it may be in trouble.", (int)response.StatusCode);
            _transport.Meter.Failed(unready.Message);
            throw unready;
        }

        return _time.GetElapsedTime(begun);
    }

    /// <summary>Leaves connections that may hang without anybody noticing: the next request makes a new one.</summary>
    internal void Reconnect() => _transport.Reconnect();
}
