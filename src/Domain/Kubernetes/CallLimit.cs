namespace Sluice.Domain.Kubernetes;

/// <summary>A time limit on one request, the reading of its body included, which HttpClient's own limit leaves out.</summary>
internal sealed class CallLimit : IDisposable
{
    private readonly TimeSpan _limit;
    private readonly CancellationTokenSource _timer;
    private readonly CancellationTokenSource _both;
    private readonly CancellationToken _caller;

    public CallLimit(TimeProvider time, TimeSpan limit, CancellationToken caller)
    {
        (_limit, _caller) = (limit, caller);
        _timer = new CancellationTokenSource(limit, time);
        _both = CancellationTokenSource.CreateLinkedTokenSource(_timer.Token, caller);
    }

    /// <summary>Told of answers that did not come, which would be missing from the latencies otherwise.</summary>
    public ApiMeter? Meter { get; init; }

    /// <summary>True for a request that may have changed something although no answer came.</summary>
    public bool Changes { get; init; }

    public async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> send, string what)
    {
        try
        {
            return await send(_both.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (_timer.IsCancellationRequested && !_caller.IsCancellationRequested)
        {
            var perhaps = Changes ? " A change may have been made all the same; look before repeating it." : "";
            var late = new KubernetesException(KubernetesError.Timeout, $"Could not {what}: no answer within {_limit.TotalSeconds:0.#} s.{perhaps}", inner: e);
            Meter?.Answered(_limit);
            Meter?.Failed(late.Message);
            throw late;
        }
    }

    public void Dispose()
    {
        _both.Dispose();
        _timer.Dispose();
    }
}
