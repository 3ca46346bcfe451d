using System.Text.Json.Nodes;

namespace Sluice.Simulator.ApiServer;

/// <summary>What may refuse or complete a write after the schema accepted it: the operator's webhook, quotas.</summary>
internal interface IAdmission
{
    /// <summary>Throws an <see cref="ApiException"/> to refuse; may complete <paramref name="after"/>.</summary>
    void Admit(ResourceType type, JsonObject? before, JsonObject after);
}
