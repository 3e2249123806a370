/// The token counts of a usage, brought to one convention.
///
/// Compatible upstreams differ in what lies within the prompt and the completion, and what lies beside. The total decides:
///
/// | total | convention |
/// |---|---|
/// | prompt + completion | everything is a part of the two |
/// | prompt + cached + completion, more cached than prompt | cached input lies beside the prompt |
/// | prompt + completion + reasoning | more reasoning than completion: it lies beside; else the model's convention decides |
/// | more than prompt + completion, no count of reasoning | where the convention is `beside`, the rest is reasoning |
/// | anything else | the parts are charged, and the usage is flagged |
struct OpenAICounts {
    private var prompt: Int64
    private let completion: Int64
    private var cached: Int64
    private let written: Int64
    private let audioIn: Int64
    private let imageIn: Int64
    private let audioOut: Int64
    private let imageOut: Int64
    private let textOut: Int64
    /// Output that lies beside the completion.
    private var besideOutput: Int64 = 0
    /// Whether cached input lies beside the prompt.
    private let isCacheBeside: Bool
    /// Whether the counts fit no convention.
    private(set) var contradict = false

    init(_ report: UsageReport, _ convention: ReasoningConvention) {
        func count(_ count: OpenAIUsage.Count) -> Int64 { report[count.rawValue] ?? 0 }
        let total = count(.total)
        prompt = report[OpenAIUsage.Count.prompt.rawValue] ?? 0
        completion = count(.completion)
        cached = count(.cached)
        written = count(.cacheWritten)
        audioIn = max(0, count(.audioIn) - count(.cachedAudio))
        imageIn = max(0, count(.imageIn) - count(.cachedImage))
        audioOut = count(.audioOut)
        imageOut = count(.imageOut)
        textOut = count(.textOut)
        let hasSides =
            report[OpenAIUsage.Count.prompt.rawValue] != nil || report[OpenAIUsage.Count.completion.rawValue] != nil
        if cached == 0, count(.cacheHit) > 0 {
            cached = count(.cacheHit)
            if let missed = report[OpenAIUsage.Count.cacheMiss.rawValue], missed + cached != prompt {
                contradict = prompt != 0 && prompt != missed
                prompt = missed + cached
            }
        } else if !hasSides {
            // Some upstreams of embeddings report the total alone.
            prompt = total
        }
        isCacheBeside = cached + written > prompt
        let sides = prompt + completion + (isCacheBeside ? cached + written : 0)
        let reasoning = count(.reasoning)
        let isReasoningBeside = reasoning > completion || convention == .beside
        switch total {
        case 0: besideOutput = isReasoningBeside ? reasoning : 0
        case sides where reasoning <= completion: break
        case sides + reasoning where reasoning > 0: besideOutput = isReasoningBeside ? reasoning : 0
        case sides... where reasoning == 0 && convention == .beside: besideOutput = total - sides
        default:
            contradict = true
            besideOutput = isReasoningBeside ? reasoning : 0
        }
    }

    /// Fills in the input.
    func fillInput(_ usage: inout Usage, _ limit: inout CountLimit) {
        let all = limit.apply(prompt)
        let read = limit.apply(cached)
        let write = limit.apply(written)
        var fresh = all
        usage.cacheRead = read
        usage.cacheWrite5m = write
        if !isCacheBeside {
            usage.cacheRead = min(read, all)
            usage.cacheWrite5m = min(write, all - usage.cacheRead)
            fresh = all - usage.cacheRead - usage.cacheWrite5m
        }
        let audio = limit.part(audioIn, of: all)
        let image = limit.part(imageIn, of: all - audio)
        // Audio and images that were read from a cache, where the upstream does not say so: they have one place only.
        let overlap = max(0, audio + image - fresh)
        let fromRead = min(overlap, usage.cacheRead)
        usage.cacheRead -= fromRead
        usage.cacheWrite5m -= min(overlap - fromRead, usage.cacheWrite5m)
        usage[.inputAudio] = audio
        usage[.inputImage] = image
        usage.input = max(0, fresh - audio - image)
    }

    /// Fills in the output.
    ///
    /// - Parameter isImage: The model's output is images, where the upstream does not say how much of it is text.
    func fillOutput(_ usage: inout Usage, _ limit: inout CountLimit, isImage: Bool) {
        let all = limit.apply(completion + besideOutput)
        let audio = limit.part(audioOut, of: all)
        let isSplit = !isImage || imageOut > 0
        let image = isSplit ? limit.part(imageOut, of: all - audio) : all - audio - limit.part(textOut, of: all - audio)
        usage[.outputAudio] = audio
        usage[.outputImage] = image
        usage.output = all - audio - image
    }
}
