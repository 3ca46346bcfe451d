using System.Collections.Immutable;

namespace Sluice.Domain.Kubernetes;

/// <summary>Namespace and name of an object of one kind on one cluster.</summary>
public readonly record struct ObjectKey(string Namespace, string Name);

/// <summary>What a reflector needs to know of the record it keeps for an object.</summary>
public interface IKubernetesRecord
{
    /// <summary>Namespace and name.</summary>
    ObjectKey ObjectKey { get; }

    /// <summary><c>metadata.uid</c>; another uid under the same name is another object.</summary>
    string Uid { get; }

    /// <summary><c>metadata.resourceVersion</c>.</summary>
    string ResourceVersion { get; }
}

/// <summary>Where a reflector stands.</summary>
public enum ReflectorPhase
{
    /// <summary>Not begun.</summary>
    Starting,

    /// <summary>Reading the first complete list.</summary>
    Listing,

    /// <summary>Complete and following changes.</summary>
    Synced,

    /// <summary>Was complete; the connection is gone and the records are as old as <see cref="ReflectorState.AsOf"/>.</summary>
    Stale,

    /// <summary>The server refuses access (401 or 403).</summary>
    Denied,

    /// <summary>The kind is not installed on the cluster.</summary>
    NotServed,
}

/// <summary>Where a reflector stands and since when its records are true.</summary>
/// <param name="Phase">Where it stands.</param>
/// <param name="AsOf">When the server last confirmed the records (list, event or bookmark); null before the first list.</param>
/// <param name="Why">The reason in words, for the phases that have one.</param>
public sealed record ReflectorState(ReflectorPhase Phase, DateTimeOffset? AsOf, string? Why = null);

/// <summary>All records of one kind on one cluster at one moment. Immutable.</summary>
/// <param name="Version">Grows by one with every published change of records or state.</param>
/// <param name="Items">The records.</param>
/// <param name="State">How far they can be trusted.</param>
public sealed record ResourceSnapshot<T>(long Version, ImmutableDictionary<ObjectKey, T> Items, ReflectorState State)
    where T : class, IKubernetesRecord;

/// <summary>What changed between two snapshots; consumers that fall behind get one change with all keys.</summary>
/// <param name="Snapshot">The newest snapshot.</param>
/// <param name="Changed">The keys that were added, changed or removed since this consumer's last change.</param>
public sealed record ResourceChange<T>(ResourceSnapshot<T> Snapshot, IReadOnlySet<ObjectKey> Changed)
    where T : class, IKubernetesRecord;

/// <summary>A live, complete, in-memory copy of one kind of object on one cluster.</summary>
public interface IResourceFeed<T>
    where T : class, IKubernetesRecord
{
    /// <summary>The newest snapshot; never null, empty before the first list.</summary>
    ResourceSnapshot<T> Current { get; }

    /// <summary>All changes from now on, coalesced by key: the first element is the current snapshot with all its keys. Never blocks the reader.</summary>
    IAsyncEnumerable<ResourceChange<T>> ChangesAsync(CancellationToken cancellationToken);
}
