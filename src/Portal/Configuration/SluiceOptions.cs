using Sluice.Domain.Clusters;
using Sluice.Domain.Specs;

namespace Sluice.Portal.Configuration;

/// <summary>The section <c>Sluice</c> of the configuration.</summary>
public sealed class SluiceOptions
{
    public const string Section = "Sluice";

    /// <summary>Where Sluice keeps what is its own: the private PostgreSQL.</summary>
    /// <value>Default: <c>/var/lib/sluice</c> for root, else <c>~/.local/share/sluice</c>.</value>
    public string DataDirectory { get; set; } = "";

    /// <summary>The name of this replica in leases and operations.</summary>
    /// <value>Default: the machine's name and the process id.</value>
    public string Replica { get; set; } = "";

    public DatabaseOptions Database { get; set; } = new();

    public IList<ClusterOptions> Clusters { get; } = [];

    public IList<TeamOptions> Teams { get; } = [];

    /// <summary>What a new pipeline gets where its spec says nothing.</summary>
    public IList<DefaultOptions> Defaults { get; } = [];

    /// <summary>Credential plugins that kubeconfigs may name, as absolute paths. A kubeconfig that names another is refused: it would be code that Sluice runs.</summary>
    public IList<string> AllowedCredentialPlugins { get; } = [];

    /// <summary>Folders with snapshots that are mounted here under the path that Flink uses; plans look at <c>_metadata</c> there.</summary>
    /// <value>Default: none; plans then say that it is unknown.</value>
    public IList<string> SnapshotFolders { get; } = [];

    public OperationOptions Operations { get; set; } = new();

    public GuardOptions Guards { get; set; } = new();

    public ManagementOptions Management { get; set; } = new();
}

public sealed class DatabaseOptions
{
    /// <summary>A server that someone else runs.</summary>
    /// <value>Default: <c>ConnectionStrings:Sluice</c>; without one the private PostgreSQL.</value>
    public string? ConnectionString { get; set; }

    /// <summary>Where the programs of the private PostgreSQL are.</summary>
    /// <value>Default: searched for.</value>
    public string? Binaries { get; set; }

    /// <summary>More settings of the private PostgreSQL, for example <c>shared_buffers</c>.</summary>
    public IDictionary<string, string> Settings { get; } = new Dictionary<string, string>();
}

/// <summary>One cluster; see <see cref="ClusterSettings"/>.</summary>
public sealed class ClusterOptions
{
    public string Name { get; set; } = "";

    public string? Kubeconfig { get; set; }

    public string? Context { get; set; }

    public JobManagerAccess? Access { get; set; }

    public string? IngressTemplate { get; set; }

    public IList<string> Namespaces { get; } = [];

    public bool Enabled { get; set; } = true;
}

/// <summary>One team and where it may register pipelines.</summary>
public sealed class TeamOptions
{
    public string Name { get; set; } = "";

    public string DisplayName { get; set; } = "";

    /// <summary>Texts of the form <c>cluster/namespace</c>.</summary>
    public IList<string> Namespaces { get; } = [];
}

/// <summary>One default; see <see cref="SpecDefault"/>.</summary>
public sealed class DefaultOptions
{
    /// <summary>Organisation, Cluster or Team.</summary>
    public DefaultLevel Level { get; set; } = DefaultLevel.Organisation;

    /// <summary>The cluster's or the team's name.</summary>
    public string? Name { get; set; }

    /// <summary>For example <c>spec.serviceAccount</c> or <c>spec.flinkConfiguration[high-availability.type]</c>.</summary>
    public string Path { get; set; } = "";

    /// <summary>The value; may hold <c>{team}</c>, <c>{namespace}</c>, <c>{name}</c> and <c>{cluster}</c>.</summary>
    public string Value { get; set; } = "";

    /// <summary>True: counts even where the spec says something else.</summary>
    public bool Enforced { get; set; }
}

public sealed class ManagementOptions
{
    /// <summary>A port on loopback that answers /healthz and /readyz without a sign-in.</summary>
    /// <value>Default: none.</value>
    public int? Port { get; set; }
}
