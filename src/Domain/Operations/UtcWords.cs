using System.Globalization;

namespace Sluice.Domain.Operations;

/// <summary>A moment in messages that are recorded: they are read later, and by people in several zones.</summary>
public static class UtcWords
{
    /// <summary>For example <c>2026-12-20 16:00 UTC</c>.</summary>
    public static string Of(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
}
