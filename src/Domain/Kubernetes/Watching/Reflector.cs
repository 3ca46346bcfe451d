using System.Text.Json;

namespace Sluice.Domain.Kubernetes;

/// <summary>
/// Keeps a complete copy of one kind of object in memory: lists it, then follows the changes, and repairs itself after whatever a network, a proxy or a
/// server does. With several namespaces each has its own list and watch, and one that is refused does not stop the others.
/// </summary>
public sealed class Reflector<T> : IResourceFeed<T>, IAsyncDisposable
    where T : class, IKubernetesRecord
{
    private readonly ResourceFeed<T> _feed;
    private readonly IReadOnlyList<ScopeReflector<T>> _scopes;
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;
    private int _started;

    /// <summary>Makes a reflector that does nothing until <see cref="Start"/>.</summary>
    /// <param name="api">The API server.</param>
    /// <param name="resource">The kind.</param>
    /// <param name="namespaces">The namespaces; null or empty for all.</param>
    /// <param name="decode">Reads an object into its record, or null where it has no name, uid or version. The element is gone when the call returns.</param>
    /// <param name="options">The times to work by.</param>
    public Reflector(KubernetesApi api, KubernetesResource resource, IReadOnlyList<string>? namespaces, Func<JsonElement, T?> decode, ReflectorOptions? options = null)
    {
        string[] scopes = namespaces is { Count: > 0 } ? [.. namespaces.Distinct(StringComparer.Ordinal)] : [""];
        _feed = new ResourceFeed<T>(scopes);
        _feed.StateChanged += () => StateChanged?.Invoke();
        _scopes = [.. scopes.Select(scope => new ScopeReflector<T>(api, resource, scope, decode, _feed, Counters, options ?? new ReflectorOptions()))];
    }

    /// <summary>The state changed in more than its age. Raised on a worker thread.</summary>
    public event Action? StateChanged;

    /// <summary>What it did so far.</summary>
    public ReflectorCounters Counters { get; } = new();

    /// <inheritdoc/>
    public ResourceSnapshot<T> Current => _feed.Current;

    /// <summary>Begins. Further calls do nothing.</summary>
    public void Start()
    {
        if (Interlocked.Exchange(ref _started, 1) != 0) return;
        _running = Task.WhenAll(_scopes.Select(scope => Task.Run(() => scope.RunAsync(_stop.Token))));
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<ResourceChange<T>> ChangesAsync(CancellationToken cancellationToken) => _feed.ChangesAsync(cancellationToken);

    /// <summary>The server does not answer: the records count as old from its last answer on, and the watches are opened anew.</summary>
    internal void Silenced(DateTimeOffset? lastAnswer, string why)
    {
        foreach (var scope in _scopes) scope.Silenced(lastAnswer, why);
    }

    /// <summary>The server answers again: the records count as fresh as soon as a new watch has confirmed them.</summary>
    internal void Answered()
    {
        foreach (var scope in _scopes) scope.Answered();
    }

    /// <summary>Stops, and ends the streams of all consumers.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _feed.End();
        foreach (var scope in _scopes) scope.Dispose();
        _stop.Dispose();
    }
}
