using System.Text.Json.Nodes;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Specs;

namespace Sluice.Portal.Client.Features.Register;

/// <summary>
/// The form and the YAML as one thing: an edit in either is in the other at once. While the YAML cannot be read, the form shows what was last readable and the text stays as typed.
/// </summary>
public sealed class SpecEditorModel
{
    private const string You = "you";

    private SpecEditorModel(string text) => Text = text;

    /// <summary>The YAML as it stands, with comments and mistakes.</summary>
    public string Text { get; private set; }

    /// <summary>The form of the newest readable text.</summary>
    public SpecForm Form { get; private set; } = new();

    /// <summary>The newest readable text.</summary>
    public ManifestDocument? Document { get; private set; }

    /// <summary>Why the text cannot be read; null where it can.</summary>
    public ManifestYamlException? Unreadable { get; private set; }

    /// <summary>The checks against the cluster's schema, the operator's rules and the organisation.</summary>
    public IReadOnlyList<SpecProblem> Problems { get; private set; } = [];

    /// <summary>Whole spec with defaults; null while the text cannot be read.</summary>
    public EffectiveSpec? Effective { get; private set; }

    /// <summary>What is checked; null while the text cannot be read.</summary>
    public SpecValidationInput? Input => Effective is null || Document is null ? null : new SpecValidationInput(Effective.Manifest)
    {
        Schema = Surroundings.Schema,
        Previous = Surroundings.Previous,
        Ambiguous = Document.Ambiguous,
    };

    /// <summary>The manifest to send: the text, comments and all, filled with the organisation's defaults.</summary>
    public string EffectiveText => Effective is null ? Text : ManifestEditor.Apply(Text, Effective.Manifest);

    /// <summary>What the checks know beside the text.</summary>
    public SpecSurroundings Surroundings { get; private set; } = SpecSurroundings.None;

    /// <summary>Nothing was entered yet: what is missing is not an error so far.</summary>
    public bool Untouched => Form.Name.Length == 0 && Form.Image.Length == 0 && Form.JarUri.Length == 0 && Unreadable is null;

    /// <summary>True where nothing known stands against sending it.</summary>
    public bool Sendable => Unreadable is null && Document is not null && !Problems.Any(p => p.Severity == ProblemSeverity.Error);

    /// <summary>An editor for something new.</summary>
    public static SpecEditorModel New(PipelineKind kind, string team, string cluster, string ns)
    {
        var form = SpecForm.New(kind) with { Team = team, Cluster = cluster, Namespace = ns };
        var model = new SpecEditorModel(ManifestYaml.ToText(SpecForm.ToManifest(form)));
        model.Form = form;
        model.SetText(model.Text);
        return model;
    }

    /// <summary>An editor for a text, of a draft or of the cluster.</summary>
    public static SpecEditorModel Of(string text, string team, string cluster, PipelineKind kind)
    {
        var model = new SpecEditorModel(text) { Form = new SpecForm { Team = team, Cluster = cluster, Kind = kind } };
        model.SetText(text);
        return model;
    }

    /// <summary>The same with a tier, which no text tells.</summary>
    public SpecEditorModel With(PipelineTier tier)
    {
        Form = Form with { Tier = tier };
        return this;
    }

    /// <summary>The YAML was edited.</summary>
    public void SetText(string text)
    {
        Text = text;
        if (ManifestYaml.TryParse(text, out var document, out var error))
        {
            Document = document;
            Unreadable = null;
            Form = SpecForm.FromManifest(document.Root) with { Team = Form.Team, Cluster = Form.Cluster, Tier = Form.Tier };
        }
        else
        {
            Unreadable = error;
        }

        Check();
    }

    /// <summary>The form was edited. Refused while the YAML cannot be read: the text would be lost.</summary>
    public void SetForm(SpecForm form)
    {
        if (Unreadable is not null)
        {
            // Team and cluster are not part of the text.
            Form = Form with { Team = form.Team, Cluster = form.Cluster, Tier = form.Tier };
            return;
        }

        var kindChanged = form.Kind != Form.Kind;
        if (kindChanged || form.CheckpointInterval != Form.CheckpointInterval) form = form.WithRunnerArguments();
        Form = form;
        Text = SpecForm.ToText(form, Text);
        if (!ManifestYaml.TryParse(Text, out var document, out var error)) throw new InvalidOperationException($"The form wrote YAML that cannot be read: {error.Problem}");
        Document = document;
        // The kind is told by the arguments; while there are none yet, what the person chose counts.
        var read = SpecForm.FromManifest(document.Root);
        Form = read with { Team = form.Team, Cluster = form.Cluster, Tier = form.Tier, Kind = form.Kind, PodTemplate = form.PodTemplate };
        Check();
    }

    /// <summary>The checks know more, or something else: another cluster, another team.</summary>
    public void SetSurroundings(SpecSurroundings surroundings)
    {
        Surroundings = surroundings;
        Check();
    }

    /// <summary>The problems that belong to a field of the form.</summary>
    public IReadOnlyList<SpecProblem> ProblemsOf(string field) => Untouched ? [] : [.. Problems.Where(p => SpecForm.FieldOf(p.Path) == field)];

    /// <summary>The line of a problem in the text; null where the text has no such place.</summary>
    public int? LineOf(SpecProblem problem) => Document is { } d && d.Lines.LineOf(problem.Path) is > 0 and var line ? line : null;

    /// <summary>What a field inherits where it is empty, and from whom.</summary>
    public (string? Value, string? From) InheritedOf(string field)
    {
        var value = Effective?.Values.FirstOrDefault(v => v.Origin != You && SpecForm.FieldOf(v.Path) == field);
        return (value?.Value, value?.Origin);
    }

    private void Check()
    {
        if (Unreadable is not null || Document is null)
        {
            Problems = [];
            Effective = null;
            return;
        }

        Effective = EffectiveSpec.Compute(Document.Root, Surroundings.Defaults, new EffectiveSpecContext(Form.Team, Form.Cluster, Surroundings.OperatorVersion));
        Problems = [.. SpecValidator.Validate(Input!).Concat(Form.Problems()).Concat(Effective.Problems).OrderByDescending(p => p.Severity)];
    }
}

/// <summary>What the checks know beside the text.</summary>
/// <param name="Schema">The installed CRD's schema, or null while it is not known.</param>
/// <param name="Previous">For an upgrade: the custom resource as it is on the cluster.</param>
/// <param name="Defaults">The organisation's defaults.</param>
/// <param name="OperatorVersion">The operator's version, or null while it is not known.</param>
public sealed record SpecSurroundings(JsonObject? Schema, JsonObject? Previous, OrganisationDefaults Defaults, string? OperatorVersion = null)
{
    /// <summary>Nothing is known.</summary>
    public static readonly SpecSurroundings None = new(null, null, OrganisationDefaults.None);
}
