namespace Sluice.Portal.Stores.Embedded;

/// <summary>Why the private PostgreSQL does not run. The message says what to do.</summary>
public sealed class EmbeddedPostgresException(string message, Exception? inner = null) : Exception(message, inner);
