using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc;
using Npgsql;
using Sluice.Domain.Clusters;
using Sluice.Domain.Flink;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Operations;
using Sluice.Domain.Operations.Bulk;
using Sluice.Domain.Operations.Guards;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Snapshots;
using Sluice.Domain.Specs;
using Sluice.Domain.Views;

namespace Sluice.Portal.Api;

/// <summary>Turns every failure into a problem that says what happened and what to do. What is ours to fix is logged and carries only a number by which it is found.</summary>
public sealed partial class ApiExceptionHandler(IPipelineStore pipelines, ILogger<ApiExceptionHandler> logger) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (httpContext.RequestAborted.IsCancellationRequested) return true;
        var problem = Map(exception);
        if (problem is null)
        {
            var number = Activity.Current?.TraceId.ToString() ?? httpContext.TraceIdentifier;
            LogUnexpected(exception, httpContext.Request.Method, httpContext.Request.Path, number);
            problem = Problems.Of(500, "internal", "Sluice failed", $"This is a fault of Sluice, not of the request. Nothing more was done. Its log says why, under {number}.");
            problem.Extensions["trace"] = number;
        }

        if (exception is NoSuchPipelineException { Key: { } key }) await SayWhereToAsync(problem, key, cancellationToken);
        if (exception is KubernetesException { RetryAfter: { } wait })
            httpContext.Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        await Problems.WriteAsync(httpContext, problem);
        return true;
    }

    private static ProblemDetails? Map(Exception exception) => exception switch
    {
        KubernetesException e => OfKubernetes(e),
        FlinkException e => OfFlink(e),
        OperationRefusedException e => OfRefusal(e),
        BulkRefusedException e => OfBulk(e),
        ClusterRefusedException e => OfCluster(e),
        NoSuchPipelineException e => Problems.Of(404, "not-found", "Not found", e.Message),
        AlreadyRegisteredException e => Problems.Of(409, "already-registered", "Already registered", e.Message),
        ViewRefusedException e => OfView(e),
        SnapshotRefusedException { Refusal: SnapshotRefusal.Unknown } e => Problems.Of(404, "not-found", "Not found", e.Message),
        SnapshotRefusedException { Refusal: SnapshotRefusal.Changed } e => Problems.Of(409, "conflict", "It changed in the meantime", e.Message, [new(e.Field, e.Message)]),
        SnapshotRefusedException { Refusal: SnapshotRefusal.Standing } e => Problems.Of(409, "refused", "Something stands against it", e.Message),
        SnapshotRefusedException e => Problems.Of(422, "invalid", "It cannot be kept as it is", e.Message, [new(e.Field, e.Message)]),
        FreezeRefusedException e => OfFreeze(e),
        RegistryException e => Problems.Of(422, "refused", "It cannot be done to this pipeline", e.Message, e.Field.Length > 0 ? [new(e.Field, e.Message)] : null),
        ManifestYamlException e => Problems.Of(422, "invalid-yaml", "The YAML cannot be read", e.Message, [new($"line {e.Line}, column {e.Column}", e.Problem)]),
        BadHttpRequestException { InnerException: JsonException json } => OfJson(json),
        BadHttpRequestException e => Problems.Of(e.StatusCode, "bad-request", "The request cannot be read", e.Message),
        NpgsqlException { IsTransient: true } => Problems.Of(503, "database", "The database does not answer", "Sluice cannot read or write its records now. Try again in a moment; nothing was changed unless a later look says otherwise."),
        _ => null,
    };

    /// <summary>Says where a pipeline is that was at an address before. The answer is the same one without that where the database cannot be asked.</summary>
    private async Task SayWhereToAsync(ProblemDetails problem, PipelineKey from, CancellationToken cancellationToken)
    {
        try
        {
            if (await pipelines.MovedToAsync(from, cancellationToken) is not { } to) return;
            problem.Type = Problems.TypeOf("moved");
            problem.Title = "It is at another address now";
            problem.Detail = $"{from} was upgraded side by side: the pipeline is {to} now. It was not changed by this request.";
            problem.Extensions["movedTo"] = $"{to.Cluster}/{to.Namespace}/{to.Name}";
        }
        catch (DbException e)
        {
            LogNotAsked(from.ToString(), e.Message);
        }
    }

    /// <summary>Names the place, not our types: those mean nothing to a caller.</summary>
    private static ProblemDetails OfJson(JsonException e)
    {
        var place = e.Path is { Length: > 1 } path ? path.TrimStart('$', '.') : "";
        var words = e.Message.Contains("could not be mapped", StringComparison.Ordinal) ? "There is no such field here. Check its name against /api/v1/openapi.json."
            : place.Length > 0 ? "This value is of the wrong kind or not one of those allowed. Check it against /api/v1/openapi.json."
            : "The body is not JSON, or not an object with the needed fields. Check it against /api/v1/openapi.json.";
        return Problems.Of(400, "bad-request", "The body cannot be read", $"{(place.Length > 0 ? place + ": " : "")}{words} (line {(e.LineNumber ?? 0) + 1})", place.Length > 0 ? [new(place, words)] : null);
    }

    private static ProblemDetails OfKubernetes(KubernetesException e)
    {
        var (statusCode, type, title) = e.Error switch
        {
            KubernetesError.NotFound => (404, "not-found", "Not found on the cluster"),
            KubernetesError.NotServed => (404, "not-served", "The cluster does not have this kind"),
            KubernetesError.Conflict => (409, "conflict", "It changed in the meantime"),
            KubernetesError.AlreadyExists => (409, "already-exists", "There is one of that name already"),
            KubernetesError.Invalid => (422, "invalid", "The cluster finds it not valid"),
            KubernetesError.Denied => (422, "denied", "An admission rule of the cluster refused it"),
            KubernetesError.QuotaExceeded => (422, "quota", "A quota of the namespace is used up"),
            KubernetesError.Forbidden => (502, "cluster-forbids", "Sluice may not do this on the cluster"),
            KubernetesError.Unauthorized => (502, "cluster-sign-in", "The cluster does not accept Sluice's credentials"),
            KubernetesError.Timeout => (504, "cluster-timeout", "The cluster did not answer in time"),
            KubernetesError.Throttled or KubernetesError.Expired => (503, "cluster-busy", "The cluster asks to try again later"),
            _ => (502, "cluster-unreachable", "The cluster cannot be reached or understood"),
        };
        return Problems.Of(statusCode, type, title, e.Message, [.. e.Causes.Select(c => new FieldProblem(c.Field, c.Message))]);
    }

    private static ProblemDetails OfCluster(ClusterRefusedException e)
    {
        var (statusCode, type, title) = e.Refusal switch
        {
            ClusterRefusal.Unknown => (404, "not-found", "Not found"),
            ClusterRefusal.Taken => (409, "taken", "The name is taken"),
            ClusterRefusal.Configured => (409, "configured", "It is set in the configuration"),
            _ => (422, "invalid", "The cluster's settings cannot be right"),
        };
        return Problems.Of(statusCode, type, title, e.Message, [.. e.Problems.Select(p => new FieldProblem(p.Field, p.Message))]);
    }

    private static ProblemDetails OfFlink(FlinkException e)
    {
        var (statusCode, type, title) = e.Error switch
        {
            FlinkError.NotFound => (404, "not-found", "Not found in the JobManager"),
            FlinkError.Unreachable => (503, "jobmanager-unreachable", "The JobManager cannot be reached"),
            FlinkError.NotReady => (503, "jobmanager-not-ready", "The JobManager is not ready"),
            _ => (502, "jobmanager", "The JobManager answered with an error"),
        };
        return Problems.Of(statusCode, type, title, e.Message);
    }

    private static ProblemDetails OfRefusal(OperationRefusedException e)
    {
        var (type, title) = e.Rule switch
        {
            GuardRule.Approval => ("needs-approval", "A second person is needed"),
            GuardRule.Freeze => ("frozen", "A freeze window applies"),
            GuardRule.Git => ("managed-in-git", "It is managed in Git"),
            _ => ("refused", "The operation was refused"),
        };
        var problem = Problems.Of(409, type, title, e.Message, e.Field.Length > 0 ? [new FieldProblem(e.Field, e.Message)] : [.. e.Problems.Select(p => new FieldProblem("", p))]);
        if (e.Rule is { } rule) problem.Extensions["rule"] = rule;
        if (e.ActiveOperation is { } active) problem.Extensions["activeOperation"] = active;
        return problem;
    }

    private static ProblemDetails OfBulk(BulkRefusedException e)
    {
        var (statusCode, type, title) = e.Reason switch
        {
            BulkRefusal.Unknown => (404, "not-found", "Not found"),
            BulkRefusal.State => (409, "refused", "The run cannot do that now"),
            _ => (422, "invalid", "The run cannot be as it is asked for"),
        };
        return Problems.Of(statusCode, type, title, e.Message, [.. e.Problems.Select(p => new FieldProblem(p.Field, p.Message))]);
    }

    private static ProblemDetails OfFreeze(FreezeRefusedException e)
    {
        var (statusCode, type, title) = e.Reason switch
        {
            FreezeRefusal.Unknown => (404, "not-found", "Not found"),
            FreezeRefusal.Changed => (409, "conflict", "It changed in the meantime"),
            _ => (422, "invalid", "The freeze window cannot be as it is"),
        };
        return Problems.Of(statusCode, type, title, e.Message, [.. e.Problems.Select(p => new FieldProblem(p.Field, p.Message))]);
    }

    private static ProblemDetails OfView(ViewRefusedException e)
    {
        var (statusCode, type, title) = e.Reason switch
        {
            ViewRefusal.Unknown => (404, "not-found", "Not found"),
            ViewRefusal.NameTaken => (409, "taken", "There is a view of that name"),
            ViewRefusal.TooMany => (409, "too-many", "There are as many views as can be kept"),
            ViewRefusal.Changed => (409, "conflict", "It changed in the meantime"),
            _ => (422, "invalid", "The view cannot be kept as it is"),
        };
        return Problems.Of(statusCode, type, title, e.Message, e.Reason == ViewRefusal.Unknown ? null : [new(e.Field, e.Message)]);
    }

    [LoggerMessage(1, LogLevel.Error, "{Method} {Path} failed ({Trace}).")]
    private partial void LogUnexpected(Exception exception, string method, string path, string trace);

    [LoggerMessage(2, LogLevel.Warning, "Where {Pipeline} is now could not be found out: {Reason}")]
    private partial void LogNotAsked(string pipeline, string reason);
}
