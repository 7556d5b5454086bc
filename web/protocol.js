// @ts-check
/**
 * Every message between the page and the worker, as types; no code.
 *
 * Strategy: the page sends `{id, type, body}`; the worker answers `{id, ok: true, body}` or
 * `{id, ok: false, error}` once per request, and `{id, progress}` any number of times before.
 * Table rows travel as JSON text (measured as fast as structured clones from Python);
 * pixels are transferred; saved bytes travel as Blob parts that point into the dropped File.
 *
 * Invariants: nothing in a message is HTML; every text from a file is shown by `textContent` only.
 */

/**
 * @typedef {"patient"|"contact"|"date"|"place"|"equipment"|"study"|"text"|"uid"|"private"|"structure"|"other"} Category
 * The category of an element. The first seven are SENSITIVE_TAGS' own; `uid` are instance UIDs,
 * `private` private elements, `structure` File Meta and the like, `other` everything kept by rule.
 */

/**
 * @typedef {"keep"|"remove"|"empty"|"zero"|"dummy"|"text"|"value"|"uid"|"pseudonym"|"shift"|"year"|"age"|"clean"} ActionName
 * What is done to an element: `text` writes ANONYMIZED, `value` a given value.
 */

/** @typedef {"basic"|"research"|"in-hospital"|"midi"} PresetName */

/**
 * A decision the person made by hand.
 * @typedef {object} Override
 * @property {string} target  a tag `00100010` (wherever it occurs), a path `00081140[0].00081155`,
 *   a category name, or `private` (all private elements)
 * @property {ActionName} action
 * @property {string} [value]  only with `value`
 */

/**
 * A rectangle, in pixels of the stored frame, from the top left corner.
 * @typedef {object} Mask
 * @property {number} x
 * @property {number} y
 * @property {number} width
 * @property {number} height
 * @property {[number, number]|null} frames  first and last frame from 1, null for all
 */

/** @typedef {"refuse"|"remove"|"convert"} Unmaskable */

/**
 * Everything the person chose. The engine's answer depends on the file, this and the key, and nothing else.
 * @typedef {object} Choices
 * @property {PresetName} preset
 * @property {Record<string, unknown>|null} [profile]  a preset of the person's own, in place of `preset`
 * @property {string[]} [options]  Options of PS3.15 Annex E by name, such as `retain-uids`
 * @property {Override[]} overrides  later ones win
 * @property {Mask[]} masks  only the ticked ones
 * @property {boolean} looked_at  a person says: every frame was looked at
 * @property {Unmaskable} [unmaskable]  what becomes of compressed pixels that no mask can be burned into
 * @property {boolean} [unsure]  a search left frames that a person has to look at
 * @property {Accepted|null} [accepted]  a person's word on what the check found
 */

/**
 * @typedef {object} Row
 * @property {number} index  position in the file's order, from 0
 * @property {string} path  `00081140[0].00081155`
 * @property {number} depth  0 at the top level
 * @property {string} tag  `(0008,1155)`
 * @property {string} name  English name of the dictionary, "" if unknown
 * @property {string} vr
 * @property {number} length_bytes  value length as written; 4294967295 is undefined
 * @property {string} before  the value as text, cut at 256 characters
 * @property {Category} category
 * @property {ActionName} action
 * @property {ActionName[]} allowed  what the select offers
 * @property {string} after  the value after, as text, cut at 256 characters; "" when removed or empty
 * @property {string} rule  stable key of the rule that decided, e.g. `table_e1_1`; see Messages.rule
 * @property {boolean} changed  whether the output differs here
 * @property {Cut[]} cuts  out of `before`, in order
 * @property {boolean} inside  true if a sequence around it is removed, so its own action has no effect
 */

/** @typedef {Pick<Row, "index"|"action"|"after"|"rule"|"changed"|"inside"|"cuts">} RowChange */

/** Characters of a text that are cut out, and what they are. @typedef {[start: number, stop: number, kind: string]} Cut */

/**
 * @typedef {object} Warning
 * @property {string} code  key of Messages.warning
 * @property {"high"|"medium"|"low"} level
 * @property {Record<string, string|number>} data  numbers and DICOM terms for the sentence; never a patient's value
 */

/**
 * @typedef {object} PixelInfo
 * @property {number} width
 * @property {number} height
 * @property {number} frames
 * @property {boolean} maskable  false for video and other compression that is never decoded
 * @property {Unmaskable[]} unmaskable  what can be chosen in place of a refusal; none where masks can be burned in
 * @property {boolean} previewable  false when no decoder exists
 * @property {boolean} windowed  true for monochrome: window/level applies
 * @property {Mask[]} regions  ultrasound regions (image area): what lies outside is likely to hold text
 */

/**
 * @typedef {object} Facts
 * @property {number} size_bytes
 * @property {string} modality  @property {string} sop_class  name
 * @property {string} transfer_syntax  name
 * @property {string} character_set  as written, "" if none
 * @property {string} patient_age  @property {string} patient_sex
 * @property {number} rows_px  @property {number} columns_px  0 when there is no image
 * @property {number} frames
 * @property {number} bits_stored
 * @property {string} photometric
 * @property {number} elements
 * @property {number} private_elements
 */

/**
 * @typedef {object} Counts
 * @property {Partial<Record<ActionName, number>>} actions  elements per action
 * @property {number} changed  elements that differ in the output
 * @property {number} total
 */

/**
 * @typedef {object} Opened
 * @property {Facts} facts
 * @property {Warning[]} warnings  most serious first
 * @property {Row[]} rows  the first 200
 * @property {number} total_rows
 * @property {Counts} counts
 * @property {PixelInfo|null} pixels
 */

/** @typedef {{changes: RowChange[], counts: Counts, warnings: Warning[]}} Planned  rows that differ from the last plan */

/**
 * @typedef {object} FrameRequest
 * @property {number} frame  from 1
 * @property {{center: number, width: number}|null} window  null: the file's own, or the full range
 */

/**
 * @typedef {object} Frame
 * @property {number} width
 * @property {number} height
 * @property {ArrayBuffer} rgba  width x height x 4 bytes, transferred
 * @property {{center: number, width: number}|null} window  the one used, null for colour
 */

/**
 * How to look for text.
 * @typedef {object} How
 * @property {"fast"|"normal"|"large"} effort  large: letters above 200 px too
 * @property {boolean} every_frame  false: some frames stand for a cine
 * @property {boolean} read  say what the text looks like
 */

/** How to look at an output, and the text of its source that the person was shown. @typedef {How & {shown: Mask[]}} Again */

/**
 * Not the answer yet: a network to run first.
 * @typedef {object} Step
 * @property {number} search  whose step it is
 * @property {number} done  frames
 * @property {number} total
 * @property {string} network  @property {number[]} shape
 * @property {ArrayBuffer} tensor  float32, transferred
 */

/** @typedef {"identifier"|"date"|"time"|"name"|"age"|"number"|"measurement"|"orientation"|"scale"|"text"} TextKind */

/**
 * Text on frames: a proposed mask.
 * @typedef {object} TextRegion
 * @property {number} x  @property {number} y  @property {number} width  @property {number} height
 * @property {[number, number]|null} frames  as in Mask
 * @property {number} confidence  0 to 1
 * @property {string|null} text  what was read; it may identify
 * @property {{kind: TextKind, name: string}|null} reason  name: of the attribute whose value it equals
 * @property {boolean} identifies  of a kind that may tell who it is
 * @property {boolean} sure  read so surely that the kind can be relied on
 */

/**
 * @typedef {object} Detected
 * @property {string} modality
 * @property {TextKind[]} stays  what that modality's images need
 * @property {number[]} frames  those looked at
 * @property {TextRegion[]} regions
 * @property {{frame: number, why: "canary"|"share"|"moves"|"unread"}[]} review  frames a person has to
 *   look at; unread: nothing could be looked at
 */

/**
 * What a template says to mask on the open file.
 * @typedef {object} Template
 * @property {string} name
 * @property {string} source  who published it, `own` for the person's own file
 * @property {Mask[]} regions
 */

/**
 * What the leak check found: where and of what kind, never a value.
 * @typedef {object} Finding
 * @property {string|null} path  null: in no element
 * @property {string} kind  key of Messages.finding
 * @property {string} category
 * @property {"strong"|"weak"} strength
 * @property {string} where  key of Messages.where
 * @property {number|null} offset  in the output
 */

/** A text that would stay, how often, and tags where. @typedef {[text: string, times: number, places: string[]]} Counted */

/**
 * @typedef {object} Kept
 * @property {string} text
 * @property {number} times
 * @property {string[]} places  tags as hex digits, `…` for more
 * @property {number} weight
 * @property {string[]} signs  keys of Messages.sign
 */

/**
 * A person's word that findings name nobody.
 * @typedef {object} Accepted
 * @property {string} reason  stands in the report
 * @property {[string|null, string][]} places  path and kind of those that were looked at
 */

/**
 * What came of making the output and searching it: a file to save, or why there is none.
 * @typedef {Searched & (Refused | (Passed & Saved))} Verdict
 * @typedef {{searched: Category[], findings: Finding[]}} Searched
 * @typedef {{passed: false}} Refused
 * @typedef {{passed: true, accepted: boolean}} Passed
 */

/**
 * @typedef {object} Saved
 * @property {Blob} blob
 * @property {string} name  neutral file name
 * @property {string} report  plain text, no value of the source
 * @property {Counts} counts
 * @property {number} masked_regions
 * @property {number} masked_frames
 */

/**
 * Where a file of many belongs.
 * @typedef {object} Entry
 * @property {string} patient_id  @property {string} patient_name
 * @property {string} study_uid  @property {string} study_date  @property {string} study_description
 * @property {string} series_uid  @property {string} series_number  @property {string} series_description
 * @property {string} modality  @property {string} instance_number
 * @property {string} manufacturer  @property {string} model
 * @property {string} sop_class  name, or the UID of one that is not known
 * @property {boolean} sop_class_known
 * @property {number} columns_px  @property {number} rows_px  0 when there is no image
 * @property {number} frames
 * @property {number} risk  that text is burned in, 0 to 100
 * @property {string} burned_in  code of the warning of it, "" if there is none
 */

/**
 * One of many, anonymized.
 * @typedef {object} Anonymized
 * @property {Blob|ArrayBuffer} output  bytes, transferred, where it is small
 * @property {string} path  pseudonymous folders and name
 * @property {Counts} counts
 * @property {number} masked_regions
 * @property {number} masked_frames
 * @property {{findings: Finding[]} & Record<string, unknown>} entry  of the report
 * @property {Category[]} searched  what the output was searched for
 */

/**
 * A report of what was saved.
 * @typedef {object} ReportRequest
 * @property {Choices} choices
 * @property {Blob[]} files  a run's entries as lines of JSON; none: the file saved last
 * @property {[string, string]} times  beginning and end, ISO 8601
 * @property {"page"|"summary"|"json"|"csv"} form
 * @property {"ja"|"en"} language
 */

/** @typedef {{version: string, edition: string}} Booted */
/** @typedef {"download"|"start"|"engine"|"numpy"|"codecs"|"read"|"plan"|"mask"|"look"|"check"|"write"} Stage */
/** @typedef {{stage: Stage, done?: number, total?: number}} Progress */

/**
 * @typedef {object} EngineError
 * @property {string} code  key of Messages.error; `crash` when the runtime died, `cancelled` on abort
 * @property {string|null} path
 * @property {number|null} offset
 * @property {string} [detail]  English class name of an unexpected failure, or the place in the
 *   person's own preset; never a value
 * @property {Finding[]} [findings]  of the leak check
 */

/**
 * @typedef {object} Requests  request type -> [body, answer]
 * @property {[{text: string}, Booted]} boot  with the key's text
 * @property {[{file: Blob, choices: Choices}, Opened]} open
 * @property {[{files: Blob[]}, (Entry|{error: EngineError})[]]} index  in the order of the files
 * @property {[{file: Blob}, Frame]} thumbnail  the middle frame
 * @property {[{file: Blob, choices: Choices, again: Again|null}, Anonymized|Step]} anonymize  again: look at the output, too
 * @property {[{start: number, stop: number}, Row[]]} rows
 * @property {[{choices: Choices}, Planned]} plan
 * @property {[{index: number}, {before: string, after: string}]} value  one row's whole values
 * @property {[FrameRequest, Frame]} frame
 * @property {[{file: Blob} & How, Detected|Step]} detect  look for text on a file
 * @property {[{search: number, tensor: ArrayBuffer, shape: number[], source?: Blob|undefined}, Detected|Anonymized|Verdict|Step]} inferred
 *   what a network answered to a step; source: the file that was brought along at first
 * @property {[{search: number}, {}]} leave  nobody goes on with a search
 * @property {[{text: string|null}, Template[]]} templates  for the open file; text: of an own template file
 * @property {[{masks: Mask[], name: string}, {text: string}]} remember  a template file for the open file's device
 * @property {[{files: Blob[], choices: Choices}, {rows: Counted[], files: number}]} kept  texts that would stay
 * @property {[{rows: Counted[], most: number}, {values: Kept[], total: number, csv: string}]} ranked  the likeliest to name somebody first; csv: all
 * @property {[{choices: Choices, again: Again|null}, Verdict|Step]} save  make the output, and search it; again: look at it, too
 * @property {[ReportRequest, {text: string}]} report
 * @property {[{text: string}, {fingerprint: string}]} key  load a key file's text
 * @property {[{choices: Choices}, {text: string}]} preset  the choices as the text of a preset file
 * @property {[{}, {}]} close  forget the file
 */

export {};
