using System.Text;
using Microsoft.AspNetCore.WebUtilities;
using Sluice.Domain.Operations;
using Sluice.Domain.Pipelines;
using Sluice.Portal.Client.Shared;

namespace Sluice.Portal.Client.Features.Operations;

/// <summary>What the list of operations shows, as it stands in the URL. Unknown parts are ignored.</summary>
public sealed record OperationsUrlState(PipelineKey? Pipeline = null, OperationKind? Kind = null, OperationGroup Group = OperationGroup.All)
{
    public bool Filtered => this != new OperationsUrlState();

    public static OperationsUrlState Parse(string uri)
    {
        var query = QueryHelpers.ParseQuery(new Uri(uri, UriKind.RelativeOrAbsolute) is { IsAbsoluteUri: true } whole ? whole.Query : uri.IndexOf('?', StringComparison.Ordinal) is var at and >= 0 ? uri[at..] : "");
        string Get(string name) => query.TryGetValue(name, out var values) ? values.ToString() : "";
        var parts = Get("pipeline").Split('/');
        PipelineKey? pipeline = parts.Length == 3 && parts.All(part => part.Length is > 0 and <= 253)
            ? new PipelineKey(parts[0], parts[1], parts[2], Get("resource") == "session-job" ? FlinkResource.SessionJob : FlinkResource.Deployment)
            : null;
        return new OperationsUrlState(pipeline, Read<OperationKind>(Get("kind")), Read<OperationGroup>(Get("show")) ?? OperationGroup.All);
    }

    public string ToUrl()
    {
        var url = new StringBuilder(Pipeline is { } key ? PortalUrls.OperationsOf(key) : PortalUrls.Operations);
        Add(url, "kind", Kind?.ToString());
        Add(url, "show", Group == OperationGroup.All ? null : Group.ToString());
        return url.ToString();
    }

    public bool Shows(Operation operation) => (Kind is null || operation.Kind == Kind) && Group switch
    {
        OperationGroup.Active => !operation.Ended,
        OperationGroup.Waiting => operation.State == OperationState.Waiting,
        OperationGroup.Held => operation.Held,
        OperationGroup.Failed => operation.State == OperationState.Failed,
        _ => true,
    };

    private static T? Read<T>(string text)
        where T : struct, Enum => Enum.TryParse<T>(text, ignoreCase: true, out var value) && Enum.IsDefined(value) && !char.IsAsciiDigit(text[0]) ? value : null;

    private static void Add(StringBuilder url, string name, string? value)
    {
        if (value is not null) url.Append(url.ToString().Contains('?', StringComparison.Ordinal) ? '&' : '?').Append(name).Append('=').Append(value.ToLowerInvariant());
    }
}

/// <summary>The ready-made views of the list.</summary>
public enum OperationGroup
{
    All,
    Active,
    Waiting,

    /// <summary>For approval, or in line.</summary>
    Held,
    Failed,
}
