namespace Sluice.Domain.Kubernetes;

/// <summary>Placeholder until the reflector lands: list, watch, resume (see docs).</summary>
public abstract class Reflector<T>;
