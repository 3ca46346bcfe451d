using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Components;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Operations;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Specs;
using Sluice.Portal.Client.Shared;
using Sluice.Portal.Client.Shared.Controls;

namespace Sluice.Portal.Client.Features.Register;

/// <summary>Edits the spec of a pipeline and asks for the upgrade to it; what it would do is shown before it is done.</summary>
public sealed partial class EditPage
{
    private IReadOnlyList<PageHead.Crumb> _crumbs = [];
    private PipelineKey _key;
    private JsonObject? _previous;
    private string _text = "";
    private long? _generation;
    private bool _asked;
    private bool _changedMeanwhile;

    [Inject] public required IFleet Fleet { get; init; }

    [Inject] public required NavigationManager Navigation { get; init; }

    [Parameter] public string Cluster { get; set; } = "";

    [Parameter] public string Namespace { get; set; } = "";

    [Parameter] public string Name { get; set; } = "";

    protected override string DraftName => $"upgrade:{_key}";

    protected override JsonObject? Previous => _previous;

    protected override OrganisationDefaults DefaultsInForce => OrganisationDefaults.None;

    private string? Why => this switch
    {
        { Model: null } => "the custom resource is being read",
        { Model.Unreadable: { } e } => $"line {e.Line} of the YAML cannot be read",
        { Model.Sendable: false } => "errors stand against it; they are listed beside the form",
        _ when Model.Text == _text => "nothing is changed",
        _ when Fleet.Current.Rows.GetValueOrDefault(_key) is { Registered: false } => "nobody registered this deployment: adopt it first",
        _ => null,
    };

    protected override async Task OnInitializedAsync()
    {
        _key = new PipelineKey(Cluster, Namespace, Name);
        _crumbs = [new("Pipelines", PortalUrls.Pipelines), new($"{Namespace}/{Name}", PortalUrls.Pipeline(_key)), new("Edit")];
        try
        {
            var api = Clusters.Api(Cluster) ?? throw new KubernetesException(KubernetesError.Unreachable, $"No cluster named “{Cluster}” is connected.");
            _previous = await api.GetAsync(_key.KubernetesResource, Namespace, Name, Gone);
        }
        catch (KubernetesException e)
        {
            Problem = e.Message;
            return;
        }

        _generation = (long?)_previous["metadata"]?["generation"];
        _text = ManifestYaml.ToText(PipelineManifest.Clean(_previous));
        var draft = await ReadDraftAsync();
        if (draft is not null && Unpack(draft) is { } kept)
        {
            Model = kept;
            SavedAt = draft.UpdatedAt;
            _changedMeanwhile = ReadAt(_previous) > draft.UpdatedAt;
        }
        else
        {
            Model = Fresh();
        }

        Surround();
    }

    private SpecEditorModel Fresh() => SpecEditorModel.Of(_text, Fleet.Current.Rows.GetValueOrDefault(_key)?.Team ?? "", Cluster, PipelineKind.Unknown);

    /// <summary>When a person or a program changed the spec last, as the API server noted it.</summary>
    private static DateTimeOffset? ReadAt(JsonObject resource) => (resource["metadata"]?["managedFields"] as JsonArray ?? [])
        .Where(f => (string?)f?["subresource"] is null && (f?["fieldsV1"] as JsonObject)?.ContainsKey("f:spec") == true)
        .Select(f => DateTimeOffset.TryParse((string?)f?["time"], System.Globalization.CultureInfo.InvariantCulture, out var at) ? at : (DateTimeOffset?)null)
        .Max();

    private async Task DiscardAsync()
    {
        await ForgetDraftAsync();
        await OnInitializedAsync();
    }

    private async Task StartedAsync(Operation operation)
    {
        await ForgetDraftAsync();
        Navigation.NavigateTo(PortalUrls.Operation(operation.Id));
    }
}
