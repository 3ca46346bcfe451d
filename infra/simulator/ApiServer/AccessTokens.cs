using System.Text.Json.Nodes;

namespace Sluice.Simulator.ApiServer;

/// <summary>The two users of a simulated cluster: one that may do everything, one that may only look.</summary>
internal sealed record AccessTokens(string Admin, string Viewer)
{
    public User? Identify(string authorization)
    {
        if (!authorization.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)) return null;
        var token = authorization["Bearer ".Length..].Trim();
        return token == Admin ? new User("sluice", false) : token == Viewer ? new User("viewer", true) : null;
    }

    internal sealed record User(string Name, bool ReadOnly)
    {
        public bool May(string verb) => !ReadOnly || verb is "get" or "list" or "watch";

        public JsonObject Review(JsonObject review)
        {
            var verb = review["spec"]?["resourceAttributes"]?["verb"]?.ToString() ?? review["spec"]?["nonResourceAttributes"]?["verb"]?.ToString() ?? "*";
            review["apiVersion"] = "authorization.k8s.io/v1";
            review["kind"] = "SelfSubjectAccessReview";
            if (review["metadata"] is null) review["metadata"] = new JsonObject { ["creationTimestamp"] = null };
            review["status"] = new JsonObject { ["allowed"] = May(verb), ["reason"] = May(verb) ? "RBAC: allowed" : "" };
            return review;
        }
    }
}
