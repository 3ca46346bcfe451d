using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Xunit;

namespace Sluice.E2E.Tests.Harness;

/// <summary>What people do on the pages, said once.</summary>
internal static class Steps
{
    private const string Links = "[...document.querySelectorAll('#main a')].map(a => a.getAttribute('href')).filter(href => /^\\/operations\\/[0-9a-f-]{36}$/.test(href))";

    /// <summary>Puts a new pipeline into the empty register form, field by field.</summary>
    public static async Task FillFormAsync(this Visitor visitor, string name, string team, string cluster, string image, string arguments = "--rate 200")
    {
        await visitor.OpenAsync("/pipelines/new");
        await visitor.Button("Discard").ClickAsync();
        await visitor.EnterAsync("#f-name", name);
        await visitor.ChooseAsync("#f-team", team);
        await visitor.ChooseAsync("#f-cluster", cluster);
        await visitor.ChooseAsync("#f-namespace", team);
        await visitor.ChooseAsync("#f-version", "v1_19");
        await visitor.EnterAsync("#f-account", "flink");
        await visitor.EnterAsync("#f-image", image);
        await visitor.EnterAsync("#f-jar", "local:///opt/flink/usrlib/job.jar");
        await visitor.EnterAsync("#f-class", "com.example.Totals");
        await visitor.EnterAsync("#f-args", arguments);
        await visitor.EnterAsync("#f-parallelism", "2");
        await visitor.EnterAsync("#f-tm-memory", "2g");
        await visitor.EnterAsync("#f-jm-memory", "1g");
        await visitor.EnterAsync("#f-interval", "10 s");
        await visitor.EnterAsync("#f-checkpoints", $"s3://{team}-state/{name}/checkpoints");
        await visitor.EnterAsync("#f-savepoints", $"s3://{team}-state/{name}/savepoints");
    }

    /// <summary>Sends the form and opens the pipeline that came of it.</summary>
    public static async Task RegisterAsync(this Visitor visitor)
    {
        await visitor.Button("Register").ClickAsync();
        await visitor.Page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { NameRegex = new Regex("^Open growth|^Open rides") }).ClickAsync();
        await visitor.Page.Locator(".tabs").WaitForAsync();
    }

    /// <summary>Asks for an operation on the pipeline's page and follows it to its end.</summary>
    public static async Task OperateAsync(this Visitor visitor, string action, string verb)
    {
        await visitor.OpenAsync(await visitor.StartAsync(action, verb));
        await visitor.SucceededAsync();
    }

    /// <summary>Asks for an operation on the pipeline's page; returns the address of the operation's own page.</summary>
    public static async Task<string> StartAsync(this Visitor visitor, string action, string verb)
    {
        await visitor.Page.Locator(".page-head .actions").GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = action, Exact = true }).First.ClickAsync();
        return await visitor.StartedAsync(verb);
    }

    /// <summary>Confirms the dialog that is open on the pipeline's page; returns the address of the operation's own page.</summary>
    public static async Task<string> StartedAsync(this Visitor visitor, string verb)
    {
        // A recent operation, or one that is listed only now, would be taken for the one that is asked for.
        await visitor.Page.WaitForFunctionAsync("() => ![...document.querySelectorAll('.panel')].some(p => p.textContent.includes('Recent operations') && p.textContent.includes('Reading…'))");
        var known = await visitor.Page.EvaluateAsync<string[]>($"() => {Links}");
        await visitor.ConfirmAsync(verb);
        // A short operation may have left its panel already and stand among the recent ones.
        var link = await visitor.Page.WaitForFunctionAsync($"known => {Links}.find(href => !known.includes(href))", known);
        return await link.JsonValueAsync<string>();
    }

    /// <summary>Waits until the operation on screen has ended, and fails with what the page says unless it ended well.</summary>
    public static async Task SucceededAsync(this Visitor visitor)
    {
        await visitor.AtAsync(at => at.AbsolutePath.StartsWith("/operations/", StringComparison.Ordinal));
        await visitor.Page.WaitForFunctionAsync("() => { const o = document.querySelector('[data-operation-state]'); return o && !['pending', 'running', 'queued'].includes(o.dataset.operationState); }", null, new PageWaitForFunctionOptions { Timeout = 60_000 });
        var state = await visitor.Page.Locator("[data-operation-state]").First.GetAttributeAsync("data-operation-state");
        Assert.True(state == "succeeded", await visitor.Page.Locator("#main").InnerTextAsync());
    }

    /// <summary>Waits until the pipeline's page says that it runs.</summary>
    public static Task RunsAsync(this Visitor visitor) =>
        visitor.Page.Locator(".page-head .states").GetByText("healthy", new LocatorGetByTextOptions { Exact = true }).WaitForAsync(new LocatorWaitForOptions { Timeout = 60_000 });

    /// <summary>Types into a field and leaves it.</summary>
    public static async Task EnterAsync(this Visitor visitor, string field, string value)
    {
        await visitor.Page.FillAsync(field, value);
        await visitor.Page.Locator(field).BlurAsync();
    }

    /// <summary>Chooses, once the choice is offered.</summary>
    public static async Task ChooseAsync(this Visitor visitor, string field, string value)
    {
        await visitor.Page.Locator($"{field} option[value='{value}']").WaitForAsync(new LocatorWaitForOptions { State = WaitForSelectorState.Attached });
        await visitor.Page.SelectOptionAsync(field, value);
    }

    /// <summary>Presses the button of a dialog that starts what was asked for, once that is what it offers: while the dialog plans the button is off, and after it may offer to wait for another operation first.</summary>
    public static Task ConfirmAsync(this Visitor visitor, string verb) =>
        visitor.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = verb, Exact = true, Disabled = false }).ClickAsync(new LocatorClickOptions { Timeout = 60_000 });

    /// <summary>The button of that exact name.</summary>
    public static ILocator Button(this Visitor visitor, string name) => visitor.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = name, Exact = true });
}
