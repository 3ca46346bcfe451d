using System.Globalization;
using Microsoft.AspNetCore.WebUtilities;
using Sluice.Domain.Operations.Bulk;
using Sluice.Portal.Client.Shared;

namespace Sluice.Portal.Client.Features.Bulk;

/// <summary>Which pipelines of a run its page shows, as it stands in the URL. Unknown parts are ignored. Without a wave and a state: what needs a person or goes on.</summary>
public sealed record BulkUrlState(int? Wave = null, BulkItemState? State = null, bool All = false)
{
    public static BulkUrlState Parse(string uri)
    {
        var at = uri.IndexOf('?', StringComparison.Ordinal);
        var query = QueryHelpers.ParseQuery(at < 0 ? "" : uri[at..]);
        string Get(string name) => query.TryGetValue(name, out var values) ? values.ToString() : "";
        var state = Get("state");
        return new(
            int.TryParse(Get("wave"), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var wave) && wave is >= BulkItem.LeftOut and < BulkRequest.Most ? wave : null,
            Enum.TryParse<BulkItemState>(state, ignoreCase: true, out var parsed) && !char.IsAsciiDigit(state[0]) ? parsed : null,
            state == "all");
    }

    public string ToUrl(Guid run)
    {
        var query = new List<string>();
        if (Wave is { } wave) query.Add(string.Create(CultureInfo.InvariantCulture, $"wave={wave}"));
        if (All) query.Add("state=all");
        else if (State is { } state) query.Add($"state={state.ToString().ToLowerInvariant()}");
        return PortalUrls.BulkRun(run) + (query.Count == 0 ? "" : "?" + string.Join('&', query));
    }
}
