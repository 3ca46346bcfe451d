namespace Sluice.Domain.Kubernetes;

/// <summary>Why a call to an API server failed, as far as a caller has to tell causes apart.</summary>
public enum KubernetesError
{
    /// <summary>No connection, TLS refused, or the connection broke.</summary>
    Unreachable,

    /// <summary>No answer in time. A write may have happened.</summary>
    Timeout,

    /// <summary>401 after the credential was renewed once.</summary>
    Unauthorized,

    /// <summary>403 by RBAC.</summary>
    Forbidden,

    /// <summary>403 because a quota is used up.</summary>
    QuotaExceeded,

    /// <summary>404 for an object.</summary>
    NotFound,

    /// <summary>404 for a whole kind: the CRD is not installed.</summary>
    NotServed,

    /// <summary>409: the object changed since it was read, or a field has another owner.</summary>
    Conflict,

    /// <summary>409: an object of that name is there already.</summary>
    AlreadyExists,

    /// <summary>400, 413 or 422: the object or the patch is not valid.</summary>
    Invalid,

    /// <summary>An admission webhook refused.</summary>
    Denied,

    /// <summary>410: the version asked for is no longer kept.</summary>
    Expired,

    /// <summary>429.</summary>
    Throttled,

    /// <summary>5xx. A write may have happened.</summary>
    Server,

    /// <summary>An answer that is not Kubernetes': HTML of a proxy, an empty or cut body.</summary>
    BadAnswer,

    /// <summary>The connection's own settings are missing or wrong (kubeconfig, certificate, credential plugin); nothing was sent.</summary>
    Configuration,
}

/// <summary>A failed call to an API server. The message says what happened and what to do, without secrets.</summary>
public sealed class KubernetesException(KubernetesError error, string message, int? statusCode = null, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The kind of failure.</summary>
    public KubernetesError Error { get; } = error;

    /// <summary>The HTTP status, where there was an answer.</summary>
    public int? StatusCode { get; } = statusCode;

    /// <summary>The server's own field errors, for example <c>spec.job.parallelism: must be an integer</c>.</summary>
    public IReadOnlyList<KubernetesCause> Causes { get; init; } = [];

    /// <summary>How long the server asked to wait.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>True where a write may have been carried out although the call failed: read before repeating it.</summary>
    public bool MayHaveHappened => Error is KubernetesError.Timeout or KubernetesError.Server or KubernetesError.Unreachable or KubernetesError.BadAnswer;
}

/// <summary>One field error of a server's answer.</summary>
/// <param name="Field">The path, for example <c>spec.job.parallelism</c>; empty where the server named none.</param>
/// <param name="Message">The server's words.</param>
public sealed record KubernetesCause(string Field, string Message);
