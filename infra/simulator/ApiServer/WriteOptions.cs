namespace Sluice.Simulator.ApiServer;

/// <summary>How a write is to be done; what the query string says, or the defaults of writers inside the simulator.</summary>
internal sealed record WriteOptions
{
    public bool DryRun { get; init; }
    public string FieldManager { get; init; } = "unknown";
    public string FieldValidation { get; init; } = "Warn";
    public bool Force { get; init; }

    /// <summary>A server-side apply has settled the owners of the fields already.</summary>
    public bool OwnersSettled { get; init; }

    /// <summary>What the client is warned of; sent as <c>Warning</c> headers.</summary>
    public List<string> Warnings { get; } = [];
}
