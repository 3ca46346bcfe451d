using Microsoft.AspNetCore.Components;
using Sluice.Domain.Clusters;
using Sluice.Portal.Client.Shared;

namespace Sluice.Portal.Client.Features.Clusters;

/// <summary>Adds a cluster, or changes one. Credentials go in and never come out: an edited cluster keeps its own until others are entered.</summary>
public sealed partial class ClusterFormPage : IDisposable
{
    private static readonly (string Value, string Text)[] Ways =
    [
        ("", "as suits the connection"),
        (nameof(JobManagerAccess.ApiServerProxy), "through the API server"),
        (nameof(JobManagerAccess.Service), "by service name, from inside"),
        (nameof(JobManagerAccess.Ingress), "by ingress"),
    ];

    private readonly CancellationTokenSource _stop = new();
    private IReadOnlyList<ClusterProblem> _problems = [];
    private ClusterSettings? _old;
    private ClusterTest? _test;
    private ClusterSource _source = ClusterSource.Kubeconfig;
    private string? _refused;
    private string? _failure;
    private bool _testing;
    private bool _busy;
    private string _name = "";
    private string _text = "";
    private string _path = "";
    private string _context = "";
    private string _server = "";
    private string _token = "";
    private string _authority = "";
    private string _namespaces = "";
    private string _access = "";
    private string _ingress = "";

    [Inject]
    public required IClusterAdministration Administration { get; init; }

    [Inject]
    public required IClusterDirectory Directory { get; init; }

    [Inject]
    public required NavigationManager Navigation { get; init; }

    /// <summary>The cluster that is edited; null for a new one.</summary>
    [Parameter]
    public string? Name { get; set; }

    private bool Editing => Name is not null;

    private string Title => Editing ? $"Edit {Name}" : "Add a cluster";

    private IEnumerable<(ClusterSource Source, string Text, string Why)> Sources
    {
        get
        {
            if (_old?.Credentials is not null) yield return (ClusterSource.Kept, "As now", "what was entered is kept");
            yield return (ClusterSource.Kubeconfig, "Kubeconfig", "paste its text");
            yield return (ClusterSource.Token, "Token", "address and token");
            yield return (ClusterSource.File, "File", "a kubeconfig on Sluice’s machine");
            yield return (ClusterSource.InCluster, "In-cluster", "where Sluice runs");
        }
    }

    protected override void OnParametersSet()
    {
        if (!Editing || _old?.Name == Name) return;
        _old = Directory.All.FirstOrDefault(c => c.Name == Name)?.Settings;
        if (_old is null) _refused = $"There is no cluster named {Name}.";
        else if (Administration.IsConfigured(_old.Name)) _refused = $"The cluster {Name} comes from the configuration of Sluice (Sluice:Clusters or KUBECONFIG). Change it there and restart.";
        else Fill(_old);
    }

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
    }

    private void Fill(ClusterSettings settings)
    {
        (_name, _context, _path, _ingress) = (settings.Name, settings.Context ?? "", settings.KubeconfigPath ?? "", settings.IngressTemplate ?? "");
        (_access, _namespaces) = (settings.Access.ToString(), string.Join(", ", settings.Namespaces ?? []));
        _source = settings.Credentials is not null ? ClusterSource.Kept : settings.KubeconfigPath is not null ? ClusterSource.File : ClusterSource.InCluster;
    }

    private ClusterDraft Draft() => new()
    {
        Name = _name.Trim(),
        Source = _source,
        Context = _context,
        KubeconfigPath = _path,
        Kubeconfig = _text,
        Server = _server.Trim(),
        Token = _token,
        CertificateAuthority = _authority,
        Access = Enum.TryParse<JobManagerAccess>(_access, out var access) ? access : null,
        IngressTemplate = _ingress,
        Namespaces = _namespaces.Split([',', ' ', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
        Enabled = _old?.Enabled ?? true,
    };

    private List<string> Of(string field) => [.. _problems.Where(p => p.Field == field).Select(p => p.Message)];

    private async Task TestAsync()
    {
        (_testing, _test) = (true, null);
        await TryAsync(async token => _test = await Administration.TestAsync(Draft(), token));
        _testing = false;
    }

    private async Task SaveAsync()
    {
        if (_busy) return;
        if (await TryAsync(token => Editing ? Administration.ChangeAsync(Draft(), token) : Administration.AddAsync(Draft(), token))) Navigation.NavigateTo(PortalUrls.Clusters);
    }

    private async Task<bool> TryAsync(Func<CancellationToken, Task> work)
    {
        (_busy, _failure, _problems) = (true, null, []);
        try
        {
            await work(_stop.Token);
            return true;
        }
        catch (ClusterRefusedException e)
        {
            _problems = e.Problems;
            _failure = "The settings are not right yet; see the fields.";
            return false;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Whatever it was: what was entered stays, and the page says it.
            _failure = e.Message;
            return false;
        }
        finally
        {
            _busy = false;
        }
    }
}
