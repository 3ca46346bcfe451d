namespace Sluice.Domain.Kubernetes;

/// <summary>Orders the versions of objects of one kind. They are numbers too long to count on any integer type; others than numbers have no order.</summary>
internal static class ResourceVersions
{
    /// <summary>Negative, zero or positive; null where the two have no order.</summary>
    public static int? Compare(string? a, string? b)
    {
        if (a is not null && a == b) return 0;
        if (!IsNumber(a) || !IsNumber(b)) return null;
        return a!.Length != b!.Length ? a.Length.CompareTo(b.Length) : string.CompareOrdinal(a, b);
    }

    private static bool IsNumber(string? text) => text is { Length: > 0 } && text[0] is >= '1' and <= '9' && text.All(char.IsAsciiDigit);
}
