using Sluice.Domain.Operations.Guards;

namespace Sluice.Portal.Configuration;

/// <summary>The guard rails for all pipelines; see <see cref="GuardPolicy"/>. What is not set is as there.</summary>
public sealed class GuardOptions
{
    private static readonly TimeSpan Least = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Most = TimeSpan.FromDays(30);

    /// <summary>How long a second person has to approve an operation, as a time span such as <c>08:00:00</c>.</summary>
    public TimeSpan? ApprovalWithin { get; set; }

    /// <summary>Whether a critical pipeline may be changed alone, with a reason.</summary>
    public bool? BreakGlass { get; set; }

    public GuardPolicy ToPolicy()
    {
        var standard = new GuardPolicy();
        return new() { ApprovalWithin = ApprovalWithin ?? standard.ApprovalWithin, BreakGlass = BreakGlass ?? standard.BreakGlass };
    }

    public IEnumerable<string> Problems(string key)
    {
        if (ApprovalWithin is { } within && (within < Least || within > Most)) yield return $"{key}:ApprovalWithin: {within} is not between {Least} and {Most}. Write hours, minutes and seconds, for example 08:00:00.";
    }
}
