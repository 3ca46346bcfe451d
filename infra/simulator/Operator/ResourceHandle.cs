namespace Sluice.Simulator.Operator;

/// <summary>What the operator remembers of a resource between two looks at it, beyond the resource's own status.</summary>
internal sealed class ResourceHandle(string kind, string ns, string name)
{
    public string Kind { get; } = kind;
    public string Namespace { get; } = ns;
    public string Name { get; } = name;

    /// <summary>Raised with every new appointment, so that an older one finds itself out of date.</summary>
    public int Appointment { get; set; }

    /// <summary>The old cluster is being taken down and a new one follows.</summary>
    public bool Redeploying { get; set; }

    /// <summary>When a REST endpoint that has just come up may be asked.</summary>
    public DateTimeOffset RestAskedAfter { get; set; }

    public DateTimeOffset LastFailureSeen { get; set; } = DateTimeOffset.MinValue;

    /// <summary>The generation whose change was announced by an event already.</summary>
    public long Announced { get; set; }

    /// <summary>Looks that an in-place scaling still takes to settle.</summary>
    public int Settling { get; set; }

    /// <summary>The version of the resource whose spec was found to be what runs: until it is another one, there is no need to compare them again.</summary>
    public string? Compared { get; set; }

    public int Retries { get; set; }
    public long? NonceRunning { get; set; }
    public DateTimeOffset NonceTriggered { get; set; }

    /// <summary>When the newest periodic savepoint was asked for.</summary>
    public DateTimeOffset? PeriodicSavepoint { get; set; }

    public bool CleaningUp { get; set; }
}
