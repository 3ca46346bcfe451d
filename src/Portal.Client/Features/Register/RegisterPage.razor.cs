using Microsoft.AspNetCore.Components;
using Sluice.Domain.Operations;
using Sluice.Domain.Pipelines;
using Sluice.Portal.Client.Shared;
using Sluice.Portal.Client.Shared.Controls;

namespace Sluice.Portal.Client.Features.Register;

/// <summary>From nothing to a running pipeline: form, YAML, checks, dry run, and the progress until it runs or until it is known why it cannot.</summary>
public sealed partial class RegisterPage
{
    private static readonly IReadOnlyList<PageHead.Crumb> _crumbs = [new("Pipelines", PortalUrls.Pipelines), new("Register")];

    private IReadOnlyList<Team> _teams = [];
    private Operation? _started;
    private bool _starting;

    [Inject] public required IPipelineStore Pipelines { get; init; }

    [Inject] public required IOperationService Operations { get; init; }

    protected override string DraftName => "register";

    private string? Why => this switch
    {
        { Model: null } => "the form is being read",
        { _starting: true } => "it is being registered",
        { _started: not null } => "it is registered; open it below",
        { Model.Unreadable: { } e } => $"line {e.Line} of the YAML cannot be read",
        { Model.Sendable: false } => "errors stand against it; they are listed beside the form",
        { Model.Form.Team.Length: 0 } => "choose a team",
        { Model.Form.Cluster.Length: 0 } => "choose a cluster",
        _ => null,
    };

    protected override async Task OnInitializedAsync()
    {
        _teams = await Pipelines.TeamsAsync(Gone);
        if (await ReadDraftAsync() is { } draft && Unpack(draft) is { } kept)
        {
            Model = kept;
            SavedAt = draft.UpdatedAt;
        }
        else
        {
            Begin();
        }

        Surround();
    }

    private void Begin()
    {
        var team = _teams.Where(t => t.Namespaces.Count > 0).OrderBy(t => t.Namespaces.All(n => n.Namespace == "default")).FirstOrDefault();
        var place = team?.Namespaces.FirstOrDefault(n => n.Namespace != "default") ?? team?.Namespaces.FirstOrDefault();
        Model = SpecEditorModel.New(PipelineKind.FlinkJar, team?.Name ?? "", place?.Cluster ?? Clusters.All.FirstOrDefault()?.Name ?? "", place?.Namespace ?? "");
    }

    private async Task DiscardAsync()
    {
        // Before the database has forgotten the old one: what is entered meanwhile belongs to the new.
        Begin();
        Surround();
        (Check, Problem) = (null, null);
        await ForgetDraftAsync();
    }

    private async Task RegisterAsync()
    {
        if (Why is not null || Model is not { } model) return;
        _starting = true;
        Problem = null;
        try
        {
            var key = new PipelineKey(model.Form.Cluster, model.Form.Namespace, model.Form.Name);
            var request = new OperationRequest(OperationKind.Deploy, key, Manifest: model.EffectiveText, Team: model.Form.Team, PipelineKind: model.Form.Kind) { Tier = model.Form.Tier };
            _started = await Operations.StartAsync(request, await ActorAsync(), Gone);
            await ForgetDraftAsync();
        }
        catch (OperationRefusedException e)
        {
            Problem = string.Join(' ', e.Problems.Count > 0 ? e.Problems : [e.Message]);
        }
        finally
        {
            _starting = false;
        }
    }
}
