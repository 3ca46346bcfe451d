namespace Sluice.Simulator.Fleet.Large;

/// <summary>The teams of a large company, what they work on, and in which regions they run it.</summary>
internal static class LargeNames
{
    public static readonly string[] Clusters =
        ["us-east-1", "us-west-2", "eu-west-1", "eu-central-1", "ap-south-1", "ap-northeast-1", "sa-east-1", "ca-central-1", "ap-southeast-2", "me-central-1", "us-gov-west-1", "eu-north-1", "af-south-1", "ap-northeast-3", "uk-south-1", "ch-north-1"];

    /// <summary>A team, how large it is beside the others, and what its pipelines are about.</summary>
    public static readonly (string Team, int Weight, string[] Subjects)[] Teams =
    [
        ("payments", 9, ["card", "ledger", "chargeback", "settlement", "payout", "iban", "invoice", "refund"]),
        ("fraud", 7, ["device", "velocity", "account-takeover", "merchant-risk", "bot", "promo-abuse", "identity"]),
        ("rides", 8, ["trip", "surge", "driver", "pickup", "eta", "route", "toll"]),
        ("search", 7, ["query", "index", "ranking", "suggestion", "catalog", "clickstream", "synonym"]),
        ("ads", 9, ["bid", "impression", "click", "conversion", "campaign", "budget", "audience", "attribution"]),
        ("logistics", 6, ["parcel", "warehouse", "customs", "delivery", "returns", "fleet", "dock"]),
        ("telemetry", 10, ["firewall", "endpoint", "sensor", "agent", "gateway", "vpn", "proxy", "dns"]),
        ("detection", 9, ["malware", "phishing", "beacon", "lateral", "exfiltration", "anomaly", "signature"]),
        ("threat-intel", 5, ["indicator", "domain", "hash", "actor", "feed", "sighting"]),
        ("cloud-posture", 5, ["asset", "policy", "finding", "drift", "misconfiguration", "exposure"]),
        ("identity", 5, ["login", "session", "token", "directory", "entitlement", "mfa"]),
        ("billing", 5, ["usage", "meter", "quota", "rating", "subscription", "credit"]),
        ("growth", 4, ["signup", "referral", "email", "experiment", "funnel", "push"]),
        ("content", 4, ["video", "image", "article", "transcode", "moderation", "caption"]),
        ("recommendations", 6, ["embedding", "candidate", "feature", "affinity", "session", "similarity"]),
        ("marketplace", 5, ["order", "basket", "listing", "price", "inventory", "seller"]),
        ("messaging", 5, ["chat", "notification", "presence", "inbox", "receipt", "template"]),
        ("maps", 4, ["tile", "geofence", "traffic", "place", "road", "elevation"]),
        ("iot", 7, ["meter", "turbine", "thermostat", "vehicle", "camera", "valve"]),
        ("trading", 5, ["tick", "orderbook", "position", "margin", "quote", "fill"]),
        ("risk", 4, ["exposure", "limit", "stress", "collateral", "counterparty"]),
        ("compliance", 3, ["sanction", "audit", "retention", "consent", "disclosure"]),
        ("support", 3, ["ticket", "sentiment", "transcript", "escalation", "csat"]),
        ("gaming", 4, ["match", "player", "leaderboard", "cheat", "purchase"]),
        ("health", 2, ["vitals", "claim", "appointment", "lab"]),
        ("energy", 3, ["grid", "load", "outage", "solar", "charging"]),
        ("retail", 4, ["shelf", "loyalty", "footfall", "coupon", "replenishment"]),
        ("travel", 3, ["fare", "itinerary", "seat", "hotel", "baggage"]),
        ("media-qos", 3, ["bitrate", "buffer", "cdn", "player", "manifest"]),
        ("data-platform", 6, ["cdc", "lake", "schema", "quality", "lineage", "compaction"]),
        ("ml-platform", 4, ["feature", "label", "inference", "drift", "training"]),
        ("observability", 6, ["log", "metric", "trace", "alert", "profile", "uptime"]),
        ("network", 4, ["flow", "bgp", "latency", "peering", "packet"]),
        ("mobile", 3, ["crash", "anr", "install", "session", "screen"]),
        ("partners", 3, ["webhook", "sftp", "catalog", "commission", "onboarding"]),
        ("platform", 4, ["audit", "dead-letter", "heartbeat", "rollup", "replay"]),
    ];

    public static readonly string[] Works =
    [
        "events", "enrichment", "dedup", "aggregates", "sessions", "alerts", "scores", "joins", "router", "windows", "features", "rollup", "snapshots", "validator",
        "normalizer", "archive", "totals", "tracker", "matcher", "counter", "sink", "export", "mirror", "monitor", "classifier", "correlator", "profile", "updates",
    ];

    public static readonly string[] Variants = ["", "", "", "v2", "batch", "canary", "backfill", "eu", "us", "shadow", "high", "low"];

    public static readonly string[] Environments = ["", "", "-prod", "-batch", "-staging"];
}
