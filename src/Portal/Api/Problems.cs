using Microsoft.AspNetCore.Mvc;

namespace Sluice.Portal.Api;

/// <summary>One field's error in a problem+json answer.</summary>
/// <param name="Field">The path, for example <c>spec.job.parallelism</c>.</param>
/// <param name="Message">What is wrong and what to do.</param>
public sealed record FieldProblem(string Field, string Message);

/// <summary>Errors in the form of RFC 9457. The type is stable, for programs; title and detail are for people.</summary>
public static class Problems
{
    private const string TypePrefix = "urn:sluice:problem:";

    public static ProblemDetails Of(int statusCode, string type, string title, string detail, IReadOnlyList<FieldProblem>? errors = null)
    {
        var problem = new ProblemDetails { Status = statusCode, Type = TypePrefix + type, Title = title, Detail = detail };
        if (errors is { Count: > 0 }) problem.Extensions["errors"] = errors;
        return problem;
    }

    public static string TypeOf(string type) => TypePrefix + type;

    public static IResult Result(int statusCode, string type, string title, string detail, IReadOnlyList<FieldProblem>? errors = null) =>
        TypedResults.Problem(Of(statusCode, type, title, detail, errors));

    public static IResult NotFound(string what) => Result(StatusCodes.Status404NotFound, "not-found", "Not found", what);

    public static Task WriteAsync(HttpContext context, int statusCode, string type, string title, string detail) =>
        WriteAsync(context, Of(statusCode, type, title, detail));

    public static Task WriteAsync(HttpContext context, ProblemDetails problem)
    {
        context.Response.StatusCode = problem.Status ?? StatusCodes.Status500InternalServerError;
        return context.Response.WriteAsJsonAsync(problem, options: null, contentType: "application/problem+json", context.RequestAborted);
    }
}
