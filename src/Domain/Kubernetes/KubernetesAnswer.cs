using System.Net;
using System.Text;
using System.Text.Json;

namespace Sluice.Domain.Kubernetes;

/// <summary>Turns an API server's refusal into a <see cref="KubernetesException"/>: a Status object where it sent one, whatever else came otherwise.</summary>
internal static class KubernetesAnswer
{
    private const int MaxMessage = 2048;

    /// <param name="what">What was tried, as words that follow "could not": <c>read FlinkDeployment team-a/orders on cluster eu1</c>.</param>
    public static KubernetesException Failure(HttpStatusCode code, string? mediaType, ReadOnlyMemory<byte> body, TimeSpan? retryAfter, string what, Func<string, string> redact)
    {
        using var document = Parse(body);
        var status = document?.RootElement is { ValueKind: JsonValueKind.Object } root && JsonText.Text(root, "kind") == "Status" ? root : (JsonElement?)null;
        var plain = status is null ? Plain(mediaType, body) : null;
        return Failure((int)code, status, plain, retryAfter, what, redact);
    }

    /// <summary>The failure that an ERROR event of a watch carries.</summary>
    public static KubernetesException Failure(JsonElement status, string what, Func<string, string> redact) =>
        Failure(status.TryGetProperty("code", out var code) && code.ValueKind == JsonValueKind.Number && code.TryGetInt32(out var number) ? number : 500, status, null, null, what, redact);

    private static KubernetesException Failure(int code, JsonElement? status, string? plain, TimeSpan? retryAfter, string what, Func<string, string> redact)
    {
        var message = redact(KubernetesText.Clean(JsonText.Text(status, "message") ?? plain ?? "", MaxMessage));
        var reason = JsonText.Text(status, "reason");
        var details = JsonText.Object(status, "details");
        var isStatus = status is not null;
        var error = Classify(code, reason, details, message, isStatus, plain);
        var seconds = details is { } d && d.TryGetProperty("retryAfterSeconds", out var wait) && wait.ValueKind == JsonValueKind.Number && wait.TryGetDouble(out var s) && s is > 0 and < 86_400 ? TimeSpan.FromSeconds(s) : (TimeSpan?)null;
        return new KubernetesException(error, Sentence(error, code, message, what), code) { Causes = Causes(details, redact), RetryAfter = retryAfter ?? seconds };
    }

    private static KubernetesError Classify(int code, string? reason, JsonElement? details, string message, bool isStatus, string? plain)
    {
        if (code is 400 or 403 or 422 && message.Contains("admission webhook", StringComparison.Ordinal) && message.Contains("denied the request", StringComparison.Ordinal)) return KubernetesError.Denied;
        return code switch
        {
            401 => KubernetesError.Unauthorized,
            403 when message.Contains("exceeded quota", StringComparison.Ordinal) => KubernetesError.QuotaExceeded,
            403 when isStatus || plain is not null => KubernetesError.Forbidden,
            // A group or version that is not installed answers in plain text, or without the name of an object. A proxy's own page says nothing about the kind.
            404 when isStatus && JsonText.Text(details, "name") is not null => KubernetesError.NotFound,
            404 when isStatus || (plain is not null && plain.StartsWith("404", StringComparison.Ordinal)) => KubernetesError.NotServed,
            408 => KubernetesError.Timeout,
            409 when reason == "AlreadyExists" => KubernetesError.AlreadyExists,
            409 => KubernetesError.Conflict,
            410 => KubernetesError.Expired,
            429 => KubernetesError.Throttled,
            500 when message.Contains("request is too large", StringComparison.Ordinal) => KubernetesError.Invalid,
            504 => KubernetesError.Timeout,
            >= 500 => KubernetesError.Server,
            400 or 405 or 406 or 413 or 415 or 422 when isStatus || plain is not null => KubernetesError.Invalid,
            _ => KubernetesError.BadAnswer,
        };
    }

    private static string Sentence(KubernetesError error, int code, string message, string what)
    {
        var said = message.Length == 0 ? $"The server gave no reason (HTTP {code})." : $"The server said: {message.TrimEnd('.')}.";
        return error switch
        {
            KubernetesError.Unauthorized => $"Could not {what}: the cluster no longer accepts Sluice's credential. Renew the token or certificate in its kubeconfig. {said}",
            KubernetesError.Forbidden => $"Could not {what}: the account that Sluice uses has no permission for it. Ask a cluster administrator to grant it. {said}",
            KubernetesError.QuotaExceeded => $"Could not {what}: the namespace's resource quota is used up. Free resources or ask for a larger quota. {said}",
            KubernetesError.NotFound => $"Could not {what}: it does not exist. {said}",
            KubernetesError.NotServed => $"Could not {what}: the cluster does not serve this kind; the Flink operator or its CRD may not be installed.",
            KubernetesError.Conflict => $"Could not {what}: somebody else changed it in the meantime, or owns the field. Look at the change and try again. {said}",
            KubernetesError.AlreadyExists => $"Could not {what}: an object of that name is there already. {said}",
            KubernetesError.Invalid when code == 500 => $"Could not {what}: the object is larger than the cluster can store (about 1.5 MiB). {said}",
            KubernetesError.Invalid => $"Could not {what}: the cluster does not accept it. {said}",
            KubernetesError.Denied => $"Could not {what}: a policy of the cluster refused. {said}",
            KubernetesError.Expired => $"Could not {what}: the cluster no longer keeps the version asked for.",
            KubernetesError.Throttled => $"Could not {what}: the cluster is busy and asked to wait. {said}",
            KubernetesError.Timeout => $"Could not {what}: the cluster did not finish in time. A change may have been made all the same; look before repeating it. {said}",
            KubernetesError.Server when message.Contains("failed calling webhook", StringComparison.Ordinal) => $"Could not {what}: a webhook that has to agree does not answer. Nothing was changed. {said}",
            KubernetesError.Server => $"Could not {what}: the cluster has a problem of its own (HTTP {code}). A change may have been made all the same; look before repeating it. {said}",
            _ => $"Could not {what}: the answer is not an API server's (HTTP {code}). Is there a proxy or sign-in page in between, or another server at the address?",
        };
    }

    private static List<KubernetesCause> Causes(JsonElement? details, Func<string, string> redact)
    {
        var causes = new List<KubernetesCause>();
        if (details is not { } d || !d.TryGetProperty("causes", out var list) || list.ValueKind != JsonValueKind.Array) return causes;
        foreach (var cause in list.EnumerateArray().Take(100))
            causes.Add(new KubernetesCause(
                KubernetesText.Clean((JsonText.Text(cause, "field") ?? "").TrimStart('.'), 256),
                redact(KubernetesText.Clean(JsonText.Text(cause, "message") ?? JsonText.Text(cause, "reason") ?? "", MaxMessage))));
        return causes;
    }

    private static JsonDocument? Parse(ReadOnlyMemory<byte> body)
    {
        if (body.Length == 0) return null;
        try
        {
            return JsonDocument.Parse(body);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // Null for a page of a proxy: its words are not the API server's.
    private static string? Plain(string? mediaType, ReadOnlyMemory<byte> body)
    {
        if (mediaType is not (null or "text/plain")) return null;
        var text = Encoding.UTF8.GetString(body.Span[..Math.Min(body.Length, 4 * MaxMessage)]).Trim();
        return text.Length == 0 || text.StartsWith('<') ? null : text;
    }
}
