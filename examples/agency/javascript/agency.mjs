#!/usr/bin/env node
// An agency's own system, as its vendor might write it: `amqplib` and Node's own modules, nothing of Fengqiao's.
//
// It takes what is offered on its queue, signs, accepts, reports and answers. A journal on disk makes it safe to kill at
// any moment: what came in and what is to be said to it are one line, and what was written is said until it is confirmed.

import { createHash, randomUUID } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs'
import { basename } from 'node:path'
import { parseArgs } from 'node:util'
import amqp from 'amqplib'

const OFFICER = '经办员02'
const STEPS = {
  signed: [['reply.signed.v1', {}]],
  accepted: [['reply.accepted.v1', {}]],
  answered: [
    ['reply.progress.v1', { text: '已联系信访人，正在核实。' }],
    ['reply.answered.v1', { result: 'supported', text: '经核实情况属实，已依法处理并回复信访人。' }]
  ]
}
const LEAD_STEPS = {
  signed: [['aid.lead_signed.v1', {}]],
  accepted: [],
  answered: [['aid.lead_answered.v1', { result: 'granted', text: '经入户核查符合条件，已给予临时救助。' }]]
}
// what we report of a mediation that we took on
const MEDIATED = [
  ['sat', '双方到场，各自陈述了意见。'], ['agreed', '双方自愿达成协议，分两次付清。'], ['performed', '已全部付清。']
]
const SAYS = {
  'reply.signed.v1': '签收', 'reply.accepted.v1': '受理', 'reply.objected.v1': '提出异议',
  'reply.progress.v1': '报告进展', 'reply.answered.v1': '反馈办理结果',
  'reply.ruling.v1': '裁定对方的异议', 'petition.submitted.v1': '报送信访件',
  'proceeding.reply.v1': '答复邀请', 'mediation.reported.v1': '报告调解进展', 'task.answered.v1': '反馈会商任务',
  'aid.lead_signed.v1': '签收救助线索', 'aid.lead_answered.v1': '反馈救助线索'
}

// nothing more is to be done for the referral
const OVER = { 'referral.recalled.v1': '撤回', 'referral.stopped.v1': '不必再办', 'proceeding.cancelled.v1': '取消' }

/** What this agency says to a message: [[type, data], …] in order. It keeps no state. */
function decide (message, manner) {
  const data = message.data
  if (manner.silent) return []
  const until = (steps) => {
    const names = Object.keys(steps)
    return names.slice(0, names.indexOf(manner.until) + 1)
  }
  let says
  switch (message.type) {
    case 'referral.offered.v1':
      says = manner.object
        ? [...STEPS.signed, ['reply.objected.v1', { reason: 'not_competent', text: '该事项不属于我单位职责。' }]]
        : until(STEPS).flatMap((name) => STEPS[name])
      break
    case 'referral.ruling.v1':
      says = data.ruling === 'overruled' ? until(STEPS).slice(1).flatMap((name) => STEPS[name]) : []
      break
    case 'referral.stopped.v1': {
      // what we have so far; nothing more is expected
      const result = data.reason === 'withdrawn' ? 'withdrawn' : 'terminated'
      says = manner.until === 'signed' ? [] : [['reply.answered.v1', { result, text: '信访件已结束，停止办理。' }]]
      break
    }
    case 'submission.objected.v1':
      says = [['reply.ruling.v1', { ruling: manner.overrule ? 'overruled' : 'upheld' }]]
      break
    case 'aid.lead_offered.v1': {
      const refuse = ['aid.lead_answered.v1', { result: 'refused', text: '经核查不符合救助条件。' }]
      says = manner.object ? [...LEAD_STEPS.signed, refuse] : until(LEAD_STEPS).flatMap((name) => LEAD_STEPS[name])
      break
    }
    case 'proceeding.invited.v1': {
      const answer = manner.object ? 'declined' : 'accepted'
      says = [['proceeding.reply.v1', { answer, text: manner.object ? '不能参加。' : '由王某参加。' }]]
      if (!manner.object && data.role === 'mediator' && manner.until === 'answered') {
        says.push(...MEDIATED.map(([step, text]) => ['mediation.reported.v1', mediated(step, text)]))
      }
      break
    }
    case 'task.offered.v1':
      says = manner.until === 'answered' ? [['task.answered.v1', { result: 'done', text: '已办理完毕。' }]] : []
      break
    default:
      says = []
  }
  const keys = data.proceeding ? ['proceeding', 'item'] : ['lead', 'submission', 'referral']
  const about = Object.fromEntries(keys.filter((each) => data[each]).map((each) => [each, data[each]]))
  const enclosed = (type) => manner.enclose && type === 'reply.answered.v1' ? { files: [named(manner.enclose)] } : {}
  return says.map(([type, extra]) => [type, { ...about, officer: OFFICER, ...extra, ...enclosed(type) }])
}

/** How a mediation goes, today in Shanghai; an agreement says how it was made. */
function mediated (step, text) {
  const on = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10)
  return { step, on, text, ...(step === 'agreed' ? { agreement: 'written' } : {}) }
}

/** The number of what a message is about. */
function subject (data) { return data.lead ?? data.submission ?? data.proceeding ?? data.referral }

/** A file as an answer names it. */
function named (path) {
  const content = readFileSync(path)
  const sha256 = createHash('sha256').update(content).digest('hex')
  return { sha256, size: content.length, media_type: 'application/pdf', name: basename(path) }
}

/** An append-only file of JSON lines, on disk before anything is settled. A line torn by a kill is cut off. */
class Journal {
  constructor (path) {
    this.received = new Set()
    this.submitted = new Set()
    this.wanted = new Map() // token → digest of a file that is still to be handed in
    this.outgoing = new Map() // id → {type, body, due}, in the order in which they are to be said
    if (existsSync(path)) this.read(path)
    this.file = openSync(path, 'a', 0o600)
  }

  read (path) {
    const content = readFileSync(path)
    const end = content.lastIndexOf(0x0a) + 1
    if (end < content.length) truncateSync(path, end)
    for (const line of content.subarray(0, end).toString('utf8').split('\n')) {
      if (line) this.take(JSON.parse(line))
    }
  }

  take (entry) {
    if (entry.received) this.received.add(entry.received)
    for (const each of entry.says ?? []) this.outgoing.set(each.id, each)
    for (const id of entry.sent ?? []) this.outgoing.delete(id)
    if (entry.submitted) this.submitted.add(entry.submitted)
    for (const { token, sha256 } of entry.wanted ?? []) this.wanted.set(token, sha256)
    if (entry.handedIn) this.wanted.delete(entry.handedIn)
  }

  write (entry) {
    writeSync(this.file, JSON.stringify(entry) + '\n')
    fsyncSync(this.file)
    this.take(entry)
  }

  close () { closeSync(this.file) }
}

class Agency {
  constructor (code, url, store, manner) {
    Object.assign(this, { code, url, manner, journal: new Journal(store), pause: Number(manner.pause) * 1000, handInAt: 0 })
  }

  /** Hands a petition in, once: our own number is remembered. */
  submit (data) {
    if (this.journal.submitted.has(data.submission)) return
    const id = randomUUID()
    const type = 'petition.submitted.v1'
    const says = [{ id, type, body: this.envelope(id, type, data), due: Date.now() }]
    this.journal.write({ submitted: data.submission, says })
  }

  /** For ever; a broker that is away is waited for. */
  async run () {
    if (this.manner.submit) this.submit(JSON.parse(readFileSync(this.manner.submit, 'utf8')))
    for (let wait = 500; ; wait = Math.min(10_000, wait * 2)) {
      try {
        await this.work(() => { wait = 500 })
      } catch (fault) {
        this.tell(`与消息服务器的连接中断（${fault.code ?? fault.name}），${wait / 1000} 秒后重连`)
      }
      await sleep(wait)
    }
  }

  async work (connected) {
    const connection = await amqp.connect(`${this.url}?heartbeat=30`)
    const lost = new Promise((_resolve, reject) => {
      connection.on('error', reject)
      connection.on('close', () => reject(new Error('closed')))
    })
    lost.catch(() => {}) // it is awaited below; a loss while we open the channel must not end the process
    try {
      const channel = await connection.createConfirmChannel()
      const broken = new Promise((_resolve, reject) => channel.on('error', reject))
      broken.catch(() => {})
      await channel.prefetch(50)
      await channel.consume(`agency.${this.code}.inbox`, (message) => this.onMessage(channel, message))
      this.tell('已连接，等待来件')
      connected()
      for (;;) {
        await Promise.race([lost, broken, this.sayWhatIsDue(channel)])
        await Promise.race([lost, broken, this.handInWhatIsWanted()])
        await Promise.race([lost, broken, sleep(100)])
      }
    } finally {
      await connection.close().catch(() => {})
    }
  }

  onMessage (channel, delivered) {
    if (delivered === null) return // the broker cancelled us; the connection's end follows
    const message = JSON.parse(delivered.content.toString('utf8'))
    if (!this.journal.received.has(message.id)) {
      let due = Date.now()
      const says = decide(message, this.manner).map(([type, data]) => {
        const id = randomUUID()
        const each = { id, type, body: this.envelope(id, type, data), due }
        due += this.pause
        return each
      })
      // what was still to be said of it would only be rejected
      const over = [...this.journal.outgoing].filter(([, each]) =>
        message.type in OVER && each.body.subject === subject(message.data)).map(([id]) => id)
      const wanted = message.type === 'referral.files_wanted.v1' ? message.data.files : []
      this.journal.write({ received: message.id, type: message.type, says, sent: over, wanted })
      this.tellAbout(message)
    }
    channel.ack(delivered) // only after the journal has it
  }

  envelope (id, type, data) {
    return {
      specversion: '1.0',
      id,
      source: `/agencies/${this.code}`,
      type,
      subject: subject(data),
      time: new Date().toISOString(),
      datacontenttype: 'application/json',
      data,
      // a receiver that would ignore it must refuse the whole
      ...(data.secrecy ? { critical: ['secrecy'] } : {})
    }
  }

  async sayWhatIsDue (channel) {
    const now = Date.now()
    const due = [...this.journal.outgoing.values()].filter((each) => each.due <= now).slice(0, 200)
    if (due.length === 0) return
    for (const { id, type, body } of due) {
      const content = this.manner.garbage ? '{garbage' : JSON.stringify(body)
      channel.publish(`agency.${this.code}.out`, type, Buffer.from(content), {
        contentType: 'application/cloudevents+json', persistent: true, messageId: id, userId: this.code, mandatory: true
      })
    }
    await channel.waitForConfirms()
    // confirmed: were we killed before this line, the same ids go again and are known there
    this.journal.write({ sent: due.map((each) => each.id) })
    for (const { type, body } of due) this.tell(`${SAYS[type] ?? type} ${body.subject}`)
  }

  /** The bytes of what an answer named; there already is as good, so that a kill in between does no harm. */
  async handInWhatIsWanted () {
    if (!this.manner.enclose || Date.now() < this.handInAt) return
    for (const [token, sha256] of this.journal.wanted) {
      const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/pdf' }
      const request = { method: 'PUT', headers, body: readFileSync(this.manner.enclose), signal: AbortSignal.timeout(20_000) }
      const answer = await fetch(`${process.env.AGENCY_FILES_URL}/files/${sha256}`, request).catch(() => ({ status: 0 }))
      if (answer.status !== 201) {
        this.tell(`材料暂未送到（${answer.status}），稍后再试`) // not known there yet, or away for a moment
        this.handInAt = Date.now() + 2000
        return
      }
      this.journal.write({ handedIn: token })
      this.tell(`已交送材料 ${basename(this.manner.enclose)}`)
    }
  }

  tellAbout ({ type, data }) {
    switch (type) {
      case 'referral.offered.v1':
        return this.tell(`收到移送 ${data.referral}（${data.petition}），${data.sign_by} 前签收`)
      case 'aid.lead_offered.v1':
        return this.tell(`收到救助线索 ${data.lead}，${data.answer_by} 前反馈`)
      case 'proceeding.invited.v1':
        return this.tell(`受邀 ${data.proceeding}：${data.starts_at ?? '时间由我单位定'}`)
      case 'task.offered.v1':
        return this.tell(`会商任务 ${data.proceeding} 第${data.item}项，${data.due} 前落实`)
      case 'message.rejected.v1':
        return this.tell(`消息被退回：${data.field ?? ''} ${data.reason_zh}`)
      case 'referral.files_wanted.v1':
        return this.tell(`${data.referral} 的随附材料待交送：${data.files.length} 份`)
      case 'referral.recalled.v1':
      case 'referral.stopped.v1':
      case 'proceeding.cancelled.v1':
        return this.tell(`${subject(data)} ${OVER[type]}`)
      default:
        return this.tell(`收到 ${type} ${subject(data) ?? ''}`)
    }
  }

  tell (sentence) {
    console.log(`${new Date().toTimeString().slice(0, 8)} ${this.code} ${sentence}`)
  }
}

function sleep (milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}

const HELP = `单位业务系统示例（JavaScript）：签收、受理、反馈。
  --object        签收后提出异议（救助线索：不符合条件）
  --silent        只收不答
  --submit 文件   先报送一件信访件（petition.submitted 的 data，JSON）
  --enclose 文件  反馈时随附的 PDF（送到 AGENCY_FILES_URL 的 /files/摘要）
  --overrule      对方提出异议时坚持由其办理（默认同意退回）
  --garbage       发送无法读取的消息
  --pause 秒      各步骤间隔（默认 0.5）
  --until 步骤    办到 signed、accepted 或 answered 为止（默认 answered）
环境变量：AGENCY_CODE、AGENCY_AMQP_URL、AGENCY_STORE`

const { values: manner } = parseArgs({
  options: {
    object: { type: 'boolean', default: false },
    silent: { type: 'boolean', default: false },
    submit: { type: 'string' },
    enclose: { type: 'string' },
    overrule: { type: 'boolean', default: false },
    garbage: { type: 'boolean', default: false },
    pause: { type: 'string', default: '0.5' },
    until: { type: 'string', default: 'answered' },
    help: { type: 'boolean', default: false }
  }
})
if (manner.help) {
  console.log(HELP)
  process.exit(0)
}
const needed = ['AGENCY_CODE', 'AGENCY_AMQP_URL', 'AGENCY_STORE', ...(manner.enclose ? ['AGENCY_FILES_URL'] : [])]
const missing = needed.filter((name) => !process.env[name])
if (missing.length > 0 || !(manner.until in STEPS)) {
  console.error(missing.length > 0 ? `缺少环境变量：${missing.join('、')}` : HELP)
  process.exit(2)
}
const { AGENCY_CODE, AGENCY_AMQP_URL, AGENCY_STORE } = process.env
await new Agency(AGENCY_CODE, AGENCY_AMQP_URL, AGENCY_STORE, manner).run()
