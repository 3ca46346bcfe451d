using System.Text.Json;
using Microsoft.AspNetCore.Components;
using Sluice.Domain.Access;
using Sluice.Domain.Clusters;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Specs;
using Sluice.Portal.Client.Shared;

namespace Sluice.Portal.Client.Features.Register;

/// <summary>What registering and editing have in common: the model, the draft that is kept as a person types, the dry run.</summary>
public abstract class SpecEditorPage : ComponentBase, IDisposable
{
    private static readonly TimeSpan SaveAfter = TimeSpan.FromMilliseconds(400);

    private readonly CancellationTokenSource _gone = new();
    private CancellationTokenSource? _saving;
    private Task _forgetting = Task.CompletedTask;
    private Actor? _me;

    [Inject] public required IClusterDirectory Clusters { get; init; }

    [Inject] public required OrganisationDefaults Defaults { get; init; }

    [Inject] public required RegistrationCheck Registration { get; init; }

    [Inject] public required IDraftStore Drafts { get; init; }

    [Inject] public required TimeProvider Time { get; init; }

    [Inject] public required Me Me { get; init; }

    /// <summary>The editor; null until it was read.</summary>
    protected SpecEditorModel? Model { get; set; }

    /// <summary>The YAML half, to go to a line.</summary>
    protected YamlEditor? Editor { get; set; }

    /// <summary>What the cluster said to the newest dry run; null where the spec changed since.</summary>
    protected RegistrationReport? Check { get; set; }

    /// <summary>A dry run is going on.</summary>
    protected bool Checking { get; set; }

    /// <summary>Why something that was asked for did not happen.</summary>
    protected string? Problem { get; set; }

    /// <summary>When the draft was kept last.</summary>
    protected DateTimeOffset? SavedAt { get; set; }

    /// <summary>Cancelled when the page is left.</summary>
    protected CancellationToken Gone => _gone.Token;

    /// <summary>The draft's name.</summary>
    protected abstract string DraftName { get; }

    /// <summary>The custom resource as it is, for an upgrade.</summary>
    protected virtual System.Text.Json.Nodes.JsonObject? Previous => null;

    /// <summary>The defaults that fill what is not set; what runs already is not filled again.</summary>
    protected virtual OrganisationDefaults DefaultsInForce => Defaults;

    protected IReadOnlyList<YamlEditor.Mark> Marks => Model switch
    {
        null or { Untouched: true } => [],
        { Unreadable: { } e } => [new YamlEditor.Mark(e.Line, true)],
        var m => [.. m.Problems.Where(p => p.Severity != ProblemSeverity.Info).Select(p => (Line: m.LineOf(p), p.Severity)).Where(p => p.Line is not null).GroupBy(p => p.Line!.Value).Select(g => new YamlEditor.Mark(g.Key, g.Any(p => p.Severity == ProblemSeverity.Error)))],
    };

    protected string YamlHint => Model switch
    {
        null => "",
        { Unreadable: { } e } m => $"{m.Text.Split('\n').Length} lines; line {e.Line} cannot be read, the form waits",
        var m => $"FlinkDeployment, {m.Text.TrimEnd('\n').Split('\n').Length} lines",
    };

    protected async Task<Draft?> ReadDraftAsync() => await Drafts.FindAsync((await ActorAsync()).Name, DraftName, Gone);

    protected async Task<Actor> ActorAsync() => _me ??= await Me.ActorAsync();

    protected Task FormChangedAsync(Func<SpecForm, SpecForm> edit)
    {
        var form = edit(Model!.Form);
        var elsewhere = form.Cluster != Model.Form.Cluster;
        Model.SetForm(form);
        if (elsewhere) Surround();
        return ChangedAsync();
    }

    protected Task TextChangedAsync(string text)
    {
        Model!.SetText(text);
        return ChangedAsync();
    }

    /// <summary>Tells the model what the chosen cluster knows.</summary>
    protected void Surround()
    {
        var cluster = Clusters.All.FirstOrDefault(c => c.Name == Model!.Form.Cluster);
        Model!.SetSurroundings(new SpecSurroundings(cluster?.Capabilities?.Schemas.GetValueOrDefault("FlinkDeployment"), Previous, DefaultsInForce, cluster?.OperatorVersion));
    }

    protected async Task GoToAsync(int line)
    {
        if (Editor is not null) await Editor.GoToAsync(line);
    }

    protected async Task DryRunAsync()
    {
        if (Model is not { Input: { } input } model || Checking) return;
        Checking = true;
        Problem = null;
        try
        {
            var api = Clusters.Api(model.Form.Cluster) ?? throw new KubernetesException(KubernetesError.Unreachable, $"No cluster named “{model.Form.Cluster}” is connected. Choose one.");
            Check = await Registration.RunAsync(input, api, model.Surroundings.OperatorVersion, Gone);
        }
        catch (KubernetesException e)
        {
            Problem = e.Message;
        }
        finally
        {
            Checking = false;
        }
    }

    protected async Task ForgetDraftAsync()
    {
        _saving?.Cancel();
        SavedAt = null;
        await (_forgetting = DeleteAsync());

        async Task DeleteAsync() => await Drafts.DeleteAsync((await ActorAsync()).Name, DraftName, Gone);
    }

    protected static string Pack(SpecEditorModel model) => JsonSerializer.Serialize(new KeptDraft(model.Text, model.Form.Team, model.Form.Cluster, model.Form.Kind, model.Form.Tier));

    protected static SpecEditorModel? Unpack(Draft draft)
    {
        try
        {
            return JsonSerializer.Deserialize<KeptDraft>(draft.Content) is { Text: not null } kept ? SpecEditorModel.Of(kept.Text, kept.Team, kept.Cluster, kept.Kind).With(kept.Tier) : null;
        }
        catch (JsonException)
        {
            // Written by another version of Sluice: begin anew rather than fail for ever.
            return null;
        }
    }

    private async Task ChangedAsync()
    {
        Check = null;
        Problem = null;
        _saving?.Cancel();
        _saving?.Dispose();
        _saving = CancellationTokenSource.CreateLinkedTokenSource(_gone.Token);
        // Taken now: a newer edit disposes of the source while this one waits.
        var superseded = _saving.Token;
        var content = Pack(Model!);
        try
        {
            await Task.Delay(SaveAfter, Time, superseded);
            // Else what is entered right after “Discard” would be forgotten with the draft before it.
            await _forgetting.WaitAsync(superseded);
            await Drafts.SaveAsync((await ActorAsync()).Name, DraftName, content, superseded);
            SavedAt = Time.GetUtcNow();
        }
        catch (OperationCanceledException)
        {
            // A newer edit keeps a newer draft, or the page was left.
        }
    }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (!disposing) return;
        _gone.Cancel();
        _saving?.Dispose();
        _gone.Dispose();
    }

    private sealed record KeptDraft(string Text, string Team, string Cluster, PipelineKind Kind, PipelineTier Tier = PipelineTier.Standard);
}
