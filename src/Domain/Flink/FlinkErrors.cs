using System.Text.Json;
using Sluice.Domain.Access;
using Sluice.Domain.Kubernetes;

namespace Sluice.Domain.Flink;

/// <summary>Turns error answers, of Flink, of an API server's proxy and of an ingress, into <see cref="FlinkException"/>.</summary>
internal static class FlinkErrors
{
    // 500 with one of these inside is what other endpoints answer with 404.
    private static readonly string[] NotFoundClasses = ["FlinkJobNotFoundException", "UnknownTaskExecutorException"];

    public static FlinkException Of(string deployment, string what, HttpResponseMessage response, string body)
    {
        var status = (int)response.StatusCode;
        var trimmed = body.TrimStart();
        if (trimmed.StartsWith('{') && Parse(trimmed) is { } json)
        {
            if (json.TryGetProperty("errors", out var errors) && errors.ValueKind == JsonValueKind.Array)
                return OfFlink(deployment, what, status, [.. errors.EnumerateArray().Where(static e => e.ValueKind == JsonValueKind.String).Select(static e => e.GetString()!)]);
            if (json.TryGetProperty("kind", out var kind) && kind.ValueEquals("Status"))
                return OfProxy(deployment, what, status, json.TryGetProperty("message", out var message) ? message.ToString() : "");
        }
        if (trimmed.StartsWith("error trying to reach service", StringComparison.OrdinalIgnoreCase)) return OfProxy(deployment, what, status, trimmed);
        var (error, meaning) = status switch
        {
            401 or 403 => (FlinkError.Refused, "Something in between asks for a login. Check how JobManagers are reached in Settings, Clusters."),
            >= 300 and < 400 => (FlinkError.BadAnswer, "Something in between sends requests elsewhere, perhaps to a login page. Check how JobManagers are reached in Settings, Clusters."),
            503 => (FlinkError.NotReady, "It is starting or chooses a leader, or the proxy before it has no JobManager to ask. Wait a little."),
            502 or 504 => (FlinkError.Unreachable, "The proxy before it gets no answer from it. It may not be running."),
            >= 500 => (FlinkError.Server, "It failed inside; its log says why."),
            _ => (FlinkError.BadAnswer, "That is not Flink's own answer: a proxy in between has no route to it. Check how JobManagers are reached in Settings, Clusters."),
        };
        return new FlinkException(error, $"Asked for {what}, the JobManager of {deployment} answered {status}. {meaning}", status) { Details = Details(body) };
    }

    /// <summary>What the API server said instead of the JobManager.</summary>
    public static FlinkException Of(string deployment, string what, KubernetesException e) => e.Error switch
    {
        KubernetesError.NotFound or KubernetesError.NotServed => new(FlinkError.Unreachable, NoService(deployment), e.StatusCode, e),
        KubernetesError.Server or KubernetesError.Unreachable or KubernetesError.Timeout => new(FlinkError.Unreachable, $"The JobManager of {deployment} cannot be reached through the API server: {e.Message}", e.StatusCode, e),
        KubernetesError.BadAnswer => new(FlinkError.BadAnswer, $"Asked for {what} of {deployment} through the API server, something else answered: {e.Message}", e.StatusCode, e),
        KubernetesError.Invalid => new(FlinkError.Refused, $"The JobManager of {deployment} cannot be asked for {what}: {e.Message}", e.StatusCode, e),
        _ => new(FlinkError.Refused, $"The API server does not let Sluice ask the JobManager of {deployment}: {e.Message} Sluice needs the right to get services/proxy.", e.StatusCode, e),
    };

    /// <summary>The message of the first line of an error text: class and stack trace cut off.</summary>
    public static string FirstLine(string error)
    {
        var text = error.StartsWith("<Exception on server side:\n", StringComparison.Ordinal) ? error["<Exception on server side:\n".Length..] : error;
        var throwable = JavaThrowable.Parse(text);
        var message = throwable.Message.Length > 0 ? throwable.Message : throwable.RootMessage.Length > 0 ? throwable.RootMessage : throwable.ClassName;
        var line = message.Split('\n', 2)[0].Trim();
        return line.Length <= 500 ? line : line[..500] + "…";
    }

    private static FlinkException OfFlink(string deployment, string what, int status, IReadOnlyList<string> errors)
    {
        // The second text of an unhandled error is the one that says something.
        var telling = errors.Count > 0 ? errors[^1] : "";
        var said = FirstLine(telling);
        var error = status switch
        {
            404 => FlinkError.NotFound,
            500 when NotFoundClasses.Any(name => telling.Contains(name, StringComparison.Ordinal)) => FlinkError.NotFound,
            503 => FlinkError.NotReady,
            >= 500 => FlinkError.Server,
            _ => FlinkError.Refused,
        };
        var meaning = error switch
        {
            FlinkError.NotFound when said.StartsWith("Unable to load requested file", StringComparison.Ordinal) => "This Flink version does not offer it.",
            FlinkError.NotFound => "It is gone, or was forgotten when the JobManager restarted.",
            FlinkError.NotReady => "It is starting or chooses a leader; wait a little.",
            FlinkError.Server => "It failed inside; its log says more.",
            _ => "It refused the request.",
        };
        return new FlinkException(error, $"The JobManager of {deployment} has no answer for {what}: {said} {meaning}", status) { Details = Details(string.Join('\n', errors)) };
    }

    private static FlinkException OfProxy(string deployment, string what, int status, string message) => status switch
    {
        404 => new(FlinkError.Unreachable, NoService(deployment), status) { Details = Details(message) },
        401 or 403 => new(FlinkError.Refused, $"The API server does not let Sluice ask the JobManager of {deployment} for {what}. Sluice needs the right to get services/proxy in this namespace.", status) { Details = Details(message) },
        _ => new(FlinkError.Unreachable, $"The API server gets no answer from the JobManager of {deployment}: {Redactor.Redact(message).Split('\n', 2)[0]}. Its pod is not running, or not ready.", status) { Details = Details(message) },
    };

    private static string NoService(string deployment) => $"There is no service {deployment}-rest: the JobManager of {deployment} is not deployed now.";

    private static string? Details(string text) => text.Length == 0 ? null : Redactor.Redact(text.Length <= 32 * 1024 ? text : text[..(32 * 1024)]);

    private static JsonElement? Parse(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null; // The caller goes by the HTTP status then, and keeps the text.
        }
    }
}
